// What the bot does behind the page: sessions at work, turns, requests, and trouble that one can make.
import { html, useEffect, useRef, useState } from "./libraries/view.js";
import { Actors } from "./actors.js";
import { send, useLive } from "./live.js";
import { Table } from "./table.js";
import { Wrong, useWords } from "./words.js";

const ENDED_WELL = "complete"; // as nearly every turn does, so that only other reasons are worth a word

export function Behind({ onClose }) {
  const words = useWords();
  const [seen] = useLive("live/behind", {});
  const [wrong, setWrong] = useState(null);
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  const key = (event) => { if (event.key === "Escape") onClose(); };
  const trouble = ([kind, lasts]) => html`<button key=${kind} type="button" aria-pressed=${lasts} title=${words.say(`trouble.${kind}.about`)}
    class=${kind === "kill_bot" ? "danger" : "secondary"} onClick=${() => send("api/trouble", { kind }, setWrong)}>${words.say(`trouble.${kind}`)}</button>`;
  return html`<aside id="behind" class="behind" aria-label=${words.say("bar.behind")} tabindex="-1" ref=${box} onKeyDown=${key}>
    <header><h2>${words.say("bar.behind")}</h2><button type="button" aria-label=${words.say("close")} onClick=${onClose}>✕</button></header>
    ${!seen?.bot ? html`<p class="quiet">${words.say("behind.starting")}</p>` : html`
      <p><span class=${`dot ${seen.bot.connected ? "good" : "bad"}`} aria-hidden="true"></span> ${words.say(seen.bot.connected ? "behind.connected" : "behind.not_connected")} · ${words.say("behind.process", { pid: seen.bot.pid })} · ${words.count("behind.starts", seen.bot.starts)}</p>
      ${seen.admin && html`<p>${words.parts("behind.admin", { admin: seen.admin, command: html`<code>/causerie</code>` })}</p>`}
      <h3>${words.say("behind.trouble")}</h3>
      <div class="trouble">${Object.entries(seen.trouble).map(trouble)}</div>
      <${Wrong} about=${wrong} />
      <h3>${words.say("behind.actors")}</h3>
      <${Actors} figures=${seen.actors} />
      <h3>${words.say("behind.sessions")}</h3>
      <${Table} names=${["session", "state", "waiting"]} nothing="behind.no_sessions"
        rows=${seen.sessions.map((it) => [it.session, [it.title || words.say("behind.untitled"), named(words, "state", it.state), it.waiting]])} />
      <h3>${words.say("behind.turns")}</h3>
      <${Table} names=${["turn", "who", "state", "tokens"]} nothing="behind.no_turns"
        rows=${seen.turns.map((it) => [it.id, [`${it.id} ${named(words, "kind", it.kind)}`, it.asker_name, `${named(words, "state", it.state)}${it.reason && it.reason !== ENDED_WELL ? `: ${it.reason}` : ""}`, tokens(it)]])} />
      <h3>${words.say("behind.discord")} <span class="quiet">${words.say("behind.so_far", { count: words.number(seen.discord_total) })}</span></h3>
      <label class="budget">${words.say("behind.budget", seen.budget)} <meter min="0" max=${seen.budget.most} value=${seen.budget.used}></meter></label>
      <${Table} names=${["request", "status", "ms"]} nothing="behind.no_requests" rows=${seen.discord.map((it) => [it.number, [it.what, it.status ?? it.ended, it.ms ?? "…"]])} />
      <h3>${words.say("behind.model")}</h3>
      ${seen.model ? html`<${Table} names=${["request", "status", "ms"]} nothing="behind.no_requests" rows=${seen.model.map((it) => [it.number, [it.what, it.status ?? "…", it.ms ?? "…"]])} />`
        : html`<p class="quiet">${words.say("behind.model_elsewhere")}</p>`}`}
  </aside>`;
}

// The journal's word for something, in words where we have some.
const named = (words, what, name) => (words.has(`${what}.${name}`) ? words.say(`${what}.${name}`) : name);

const tokens = (turn) => (turn.output_tokens === null ? "" : `${turn.input_tokens} → ${turn.output_tokens}`);
