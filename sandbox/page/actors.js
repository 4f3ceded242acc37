// What the bot's live actors do now, as they say it themselves.
import { html } from "./libraries/view.js";
import { Table } from "./table.js";
import { useWords } from "./words.js";

const UNKNOWN = "?"; // an actor that did not answer the bot in time

export function Actors({ figures }) {
  const words = useWords();
  if (!figures) return html`<p class="quiet">${words.say("behind.no_figures")}</p>`;
  const known = (values) => Object.fromEntries(Object.entries(values).map(([name, it]) => [name, it ?? UNKNOWN]));
  const { sessions, held, waiting, connected, streaming, courier, breakers } = figures;
  const states = Object.entries(sessions).map(([state, count]) => words.say(`doing.${state}`, { count }));
  if (held) states.push(words.say("doing.held", { count: held }));
  const open = breakers.filter((it) => it.state !== "closed")
    .map((it) => words.say(`breaker.${it.state}`, { of: it.model || words.say(`breaker_of.${it.of}`) }));
  return html`<${Table} names=${["actor", "now"]} rows=${[
    ["session", states.length ? words.list(states) : words.say("now.no_session")],
    ["queue", words.say("now.queue", known({ waiting }))],
    ["connection", words.say(connected ? "now.connected" : "now.not_connected")],
    ["courier", words.say("now.courier", known(courier))],
    ["model", words.say("now.model", known(streaming))],
    ["breaker", open.length ? words.list(open) : words.say("now.breakers_closed")],
  ].map(([name, now]) => [name, [words.say(`actor.${name}`), now]])} />`;
}
