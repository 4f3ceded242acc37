// One message, and what came of an interaction that no message tells of.
import { html, memo, useRef, useState } from "./libraries/view.js";
import { Avatar } from "./avatar.js";
import { Component } from "./components.js";
import { Attached } from "./attached.js";
import { Markdown } from "./markdown.js";
import { Deeds } from "./message_menu.js";

const FORWARD_LINES = 300;

export const Message = memo(DrawnMessage, (before, after) =>
  before.isFollowing === after.isFollowing && before.shown.person === after.shown.person
  && JSON.stringify([before.item, before.shown.seen.message_labels, before.shown.seen.names]) === JSON.stringify([after.item, after.shown.seen.message_labels, after.shown.seen.names]));

function DrawnMessage({ item, shown, isFollowing, onAbout, onDismiss }) {
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
  return html`
    <article id=${`m${shown.place}-${item.id}`} class=${classes} aria-label=${`${item.author}, ${time(item.at)}`} onContextMenu=${openMenu}>
      ${item.used && html`<div class="reply"><${Avatar} name=${item.used.by} isSmall=${true} /><strong>${item.used.by}</strong> used <span class="mention">${item.used.name}</span></div>`}
      ${item.replies && html`<${Replied} to=${item.reply_to} place=${shown.place} />`}
      ${isFollowing
        ? html`<time class="beside" datetime=${item.at}>${time(item.at)}</time>`
        : html`<${Avatar} name=${item.author} isBot=${item.bot} />`}
      <div class="body">
        ${!isFollowing && html`<div class="head"><strong>${item.author}</strong>${item.bot && html`<span class="badge">APP</span>`}<time datetime=${item.at}>${time(item.at)}</time></div>`}
        <div class="text">
          ${item.is_layout ? null : item.loading ? html`<span class="quiet">${item.author} is thinking…</span>` : html`<${Markdown} text=${item.content} names=${seen.names} end=${item.edited ? html`<span class="edited"> (edited)</span>` : null} />`}
        </div>
        ${item.forwarded && html`<blockquote class="forwarded"><span class="quiet">↪ Forwarded</span><${Markdown} text=${item.forwarded.content.slice(0, FORWARD_LINES)} names=${seen.names} /></blockquote>`}
        ${item.poll && html`<div class="card"><strong>${item.poll.question}</strong><ul>${item.poll.answers.map((it) => html`<li>${it}</li>`)}</ul></div>`}
        ${!item.is_layout && item.files.map((file) => html`<${Attached} key=${file.path} file=${file} person=${shown.person} />`)}
        ${item.components.map((part, index) => html`<${Component} key=${index} part=${part} item=${item} shown=${shown} />`)}
        ${item.reactions.length > 0 && html`<div class="reactions">${item.reactions.map((it) => html`
          <button key=${it.emoji} type="button" class="reaction" aria-pressed=${it.mine} aria-label=${`${it.emoji}, ${it.count}`} title=${it.who.join(", ")} onClick=${() => react(it.emoji, it.mine)}>${it.emoji} ${it.count}</button>`)}</div>`}
        ${item.is_layout && item.edited && html`<span class="edited">(edited)</span>`}
        ${item.ephemeral && html`<div class="foot">👁 Only you can see this · <button type="button" class="link" onClick=${onDismiss}>Dismiss message</button></div>`}
      </div>
      <${Deeds} item=${item} shown=${shown} at=${menu} opener=${opener} onOpen=${setMenu} onAbout=${onAbout} onReact=${react} />
    </article>`;
}

export const time = (at) => new Date(at).toLocaleTimeString(undefined, { timeStyle: "short" });

function Replied({ to, place }) {
  if (!to) return html`<div class="reply"><em>Original message was deleted</em></div>`;
  const jump = () => document.getElementById(`m${place}-${to.id}`)?.scrollIntoView({ block: "center" });
  return html`<div class="reply"><${Avatar} name=${to.author} isBot=${to.bot} isSmall=${true} /><strong>${to.author}</strong>
    <button type="button" class="link quoted" onClick=${jump}>${to.content || "Open the message"}</button></div>`;
}

export function Waiting({ item, onDismiss }) {
  const hasFailed = item.state === "failed";
  const what = item.name.startsWith("/") ? `You used ${item.name}` : item.label ? `You chose “${item.label}”` : "You used a button";
  return html`<article class=${`message ${hasFailed ? "failed" : ""}`}>
    <span class="avatar bot" aria-hidden="true">🗨️</span>
    <div class="body"><div class="head"><strong>${what}</strong></div>
      <div class="text">${hasFailed ? item.text : "The bot has three seconds to answer…"}</div>
      ${hasFailed && html`<div class="foot"><button type="button" class="link" onClick=${onDismiss}>Dismiss message</button></div>`}</div>
  </article>`;
}
