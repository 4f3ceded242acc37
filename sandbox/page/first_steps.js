// What somebody sees who has just come: what will happen when they write, and what to do first where nothing would.
import { html } from "./libraries/view.js";
import { useWords } from "./words.js";

const ANSWERED = ["new", "activate"];

// Where nobody knows the status, because the bot keeps its rows elsewhere, whoever has used a command knows the way.
export const isAnswered = ({ me }) => (me.status === null ? me.has_used_command : ANSWERED.includes(me.status));
const isReady = (seen) => seen.commands.some((it) => it.name === "user");

// An empty channel.
export function FirstSteps({ shown }) {
  const words = useWords();
  const { seen, here, person, act } = shown;
  const hello = () => act({ do: "say", channel: here.id, text: words.say("first.hello_text"), reply_to: null, files: [] });
  const isKnown = ANSWERED.includes(seen.me.status);
  return html`<div class="nothing">
    <p class="welcome">${words.say("first.welcome")}</p>
    ${isKnown
      ? html`<p>${words.say(seen.me.status === "new" ? "first.new" : "first.active", { person })}</p>
        <div><button type="button" class="primary" onClick=${hello}>${words.say("first.hello")}</button></div>`
      : html`${!isReady(seen) && html`<p role="status">${words.say("first.starting")}</p>`}
        <ol>
          <li>${words.parts("first.activate", { command: html`<code>/user</code>`, button: html`<strong>${words.say("button.activate")}</strong>` })}
            <div><${OpenUser} shown=${shown} /></div></li>
          <li>${words.say("first.ask")}</li>
        </ol>`}
    <p class="quiet">${here.kind === "direct" ? words.say("first.nothing_direct") : words.say("first.nothing", { channel: here.name })}</p>
  </div>`;
}

// A channel in which others talk already.
export function NotAnswered({ shown }) {
  const words = useWords();
  if (isAnswered(shown.seen)) return null;
  return html`<p class="unanswered quiet">${words.parts("first.not_answered", { person: shown.person, open: html`<${OpenUser} shown=${shown} />`, button: words.say("button.activate") })}</p>`;
}

// A forum itself takes no commands: there the panel opens in the direct messages.
function OpenUser({ shown: { seen, here, act, go } }) {
  const words = useWords();
  const open = async () => {
    const channel = here.kind === "forum" ? seen.channels.find((it) => it.kind === "direct").id : here.id;
    if ((await act({ do: "command", channel, name: "user", options: {} })) && channel !== here.id) go(channel);
  };
  return html`<button type="button" class="primary" disabled=${!isReady(seen)} onClick=${open}>${words.say("first.open")}</button>`;
}
