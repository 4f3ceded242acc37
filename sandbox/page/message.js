// One message, and what came of an interaction that no message tells of.
import { html, memo, useRef, useState } from "./libraries/view.js";
import { Avatar } from "./avatar.js";
import { Component } from "./components.js";
import { Attached } from "./attached.js";
import { Markdown } from "./markdown.js";
import { Deeds } from "./message_menu.js";
import { useWords } from "./words.js";

const FORWARD_LINES = 300;

export const Message = memo(DrawnMessage, (before, after) =>
  before.isFollowing === after.isFollowing && before.isReached === after.isReached && before.shown.person === after.shown.person
  && JSON.stringify([before.item, before.shown.seen.message_labels, before.shown.seen.names]) === JSON.stringify([after.item, after.shown.seen.message_labels, after.shown.seen.names]));

function DrawnMessage({ item, shown, isFollowing, isReached, onAbout, onDismiss }) {
  const words = useWords();
  const { seen, act } = shown;
  const [menu, setMenu] = useState(null); // where the menu of this message is open
  const opener = useRef(null);
  const openMenu = (event) => {
    if (event.target.closest("a, select, pre, audio, img, input") || String(getSelection())) return;
    event.preventDefault();
    setMenu({ x: event.clientX, y: event.clientY });
  };
  const react = (emoji, isMine) => act({ do: isMine ? "unreact" : "react", message: item.id, emoji });
  const classes = ["message", item.ephemeral ? "ephemeral" : "", isFollowing ? "following" : "", item.mentions_me ? "mentions-me" : ""].join(" ");
  const edited = item.edited && html`<span class="edited">${item.content ? " " : ""}${words.say("message.edited")}</span>`;
  return html`
    <article id=${`m${shown.place}-${item.id}`} data-message=${item.id} tabindex="-1" class=${classes} aria-label=${`${item.author}, ${words.time(item.at)}`} aria-describedby=${`t${shown.place}-${item.id}`} onContextMenu=${openMenu}>
      ${item.used && html`<div class="reply"><${Avatar} name=${item.used.by} isSmall=${true} /><span>${words.parts("message.used", { person: html`<strong>${item.used.by}</strong>`, command: html`<span class="mention">${item.used.name}</span>` })}</span></div>`}
      ${item.replies && html`<${Replied} to=${item.reply_to} place=${shown.place} names=${seen.names} />`}
      ${isFollowing
        ? html`<time class="beside" datetime=${item.at}>${words.time(item.at)}</time>`
        : html`<${Avatar} name=${item.author} isBot=${item.bot} />`}
      <div class="body">
        ${!isFollowing && html`<div class="head"><strong>${item.author}</strong>${item.bot && html`<span class="badge">APP</span>`}<time datetime=${item.at}>${words.time(item.at)}</time></div>`}
        <div class="text" id=${`t${shown.place}-${item.id}`}>
          ${item.loading ? html`<span class="quiet">${words.say("message.thinking", { name: item.author })}</span>` : item.content && !item.is_layout && html`<${Markdown} text=${item.content} names=${seen.names} end=${edited} />`}
        </div>
        ${item.forwarded && html`<blockquote class="forwarded"><span class="quiet">↪ ${words.say("message.forwarded")}</span><${Markdown} text=${item.forwarded.content.slice(0, FORWARD_LINES)} names=${seen.names} /></blockquote>`}
        ${item.poll && html`<div class="card"><strong>${item.poll.question}</strong><ul>${item.poll.answers.map((it) => html`<li>${it}</li>`)}</ul></div>`}
        ${!item.is_layout && item.files.map((file) => html`<${Attached} key=${file.path} file=${file} person=${shown.person} />`)}
        ${item.components.map((part, index) => html`<${Component} key=${index} part=${part} item=${item} shown=${shown} />`)}
        ${(item.is_layout || !item.content) && !item.loading && edited && html`<div>${edited}</div>`}
        ${item.reactions.length > 0 && html`<div class="reactions">${item.reactions.map((it) => html`
          <button key=${it.emoji} type="button" class="reaction" aria-pressed=${it.mine} aria-label=${`${it.emoji}, ${it.count}`} title=${words.list(it.who)} onClick=${() => react(it.emoji, it.mine)}>${it.emoji} ${it.count}</button>`)}</div>`}
        ${item.ephemeral && html`<div class="foot">👁 ${words.say("message.only_you")} · <button type="button" class="link" onClick=${onDismiss}>${words.say("message.dismiss")}</button></div>`}
      </div>
      <${Deeds} item=${item} shown=${shown} at=${menu} opener=${opener} isReached=${isReached} onOpen=${setMenu} onAbout=${onAbout} onReact=${react} />
    </article>`;
}

// In one line that is quoted, as in Discord's, mentions are names and nothing more.
const named = (text, names, somebody) => text.replace(/<(@|#)[!&]?(\d+)>/g, (_, sign, id) => `${sign}${names[id] ?? somebody}`);

function Replied({ to, place, names }) {
  const words = useWords();
  if (!to) return html`<div class="reply"><em>${words.say("message.replied_deleted")}</em></div>`;
  const jump = () => {
    const message = document.getElementById(`m${place}-${to.id}`);
    message?.scrollIntoView({ block: "center" });
    message?.focus({ preventScroll: true });
  };
  return html`<div class="reply"><${Avatar} name=${to.author} isBot=${to.bot} isSmall=${true} /><strong>${to.author}</strong>
    <button type="button" class="link quoted" onClick=${jump}>${named(to.content, names, words.say("markdown.somebody")) || words.say("message.replied_empty")}</button></div>`;
}

export function Waiting({ item, onDismiss }) {
  const words = useWords();
  const hasFailed = item.state === "failed";
  return html`<article tabindex="-1" class=${`message ${hasFailed ? "failed" : ""}`}>
    <span class="avatar bot" aria-hidden="true">🗨️</span>
    <div class="body"><div class="head"><strong>${words.say(item.is_command ? "waiting.command" : "waiting.control", { name: item.name })}</strong></div>
      <div class="text" role=${hasFailed ? "alert" : undefined}>${words.say(hasFailed ? "waiting.silent" : "waiting.three_seconds")}</div>
      ${hasFailed && html`<div class="foot"><button type="button" class="link" onClick=${onDismiss}>${words.say("message.dismiss")}</button></div>`}</div>
  </article>`;
}
