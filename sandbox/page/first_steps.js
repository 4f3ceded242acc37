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
    ${seen.has_small_model && html`<p class="quiet">${words.parts("first.small_model", { key: html`<code>OPENAI_API_KEY=…</code>`, file: html`<code>.env</code>` })}</p>`}
    <p class="quiet">${here.kind === "direct" ? words.say("first.nothing_direct") : words.say("first.nothing", { channel: here.name })}</p>
  </div>`;
}

// A channel in which something stands already, the panel perhaps: what to do next, as long as this person has asked nothing there.
export function WhatNext({ shown, items = [] }) {
  const words = useWords();
  const { seen, person } = shown;
  const button = words.say("button.activate");
  if (isAnswered(seen)) {
    const isNew = ANSWERED.includes(seen.me.status) && items.length > 0 && !items.some((it) => it.mine);
    return isNew && html`<p class="unanswered quiet" role="status">${words.say("first.answered", { person })}</p>`;
  }
  if (items.some((it) => it.components?.some((part) => has(part, button)))) return html`<p class="unanswered quiet">${words.say("first.press", { person, button })}</p>`;
  return html`<p class="unanswered quiet">${words.parts("first.not_answered", { person, open: html`<${OpenUser} shown=${shown} />`, button })}</p>`;
}

// Whether there is a button with this label in a part of a message.
const has = (part, label) => (part.label === label && part.custom_id) || part.components.some((inner) => has(inner, label));

// A forum itself takes no commands: there the panel opens in the direct messages.
function OpenUser({ shown: { seen, here, act, go } }) {
  const words = useWords();
  const open = async () => {
    const channel = here.kind === "forum" ? seen.channels.find((it) => it.kind === "direct").id : here.id;
    if ((await act({ do: "command", channel, name: "user", options: {} })) && channel !== here.id) go(channel);
  };
  return html`<button type="button" class="primary" disabled=${!isReady(seen)} onClick=${open}>${words.say("first.open")}</button>`;
}
