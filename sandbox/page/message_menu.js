// What one can do with a message: a few buttons when it is pointed at or has the focus, and a menu with all of it and the Apps.
import { html, useEffect, useRef } from "./libraries/view.js";

const EMOJIS = ["👍", "❤️", "😂", "🎉", "👀"];
const EDGE_PX = 8;

export function Deeds({ item, shown, at, opener, onOpen, onAbout, onReact }) {
  const { act, seen } = shown;
  const openBelow = () => {
    const { left, bottom } = opener.current.getBoundingClientRect();
    onOpen(at ? null : { x: left, y: bottom });
  };
  const entries = [];
  if (!item.ephemeral) {
    entries.push(["Reply", () => onAbout({ replyTo: item })]);
    for (const emoji of EMOJIS) entries.push([`React with ${emoji}`, () => onReact(emoji, false)]);
  }
  if (item.mine) entries.push(["Edit", () => onAbout({ editing: item })], ["Delete", () => act({ do: "delete", message: item.id })]);
  if (item.content) entries.push(["Copy text", () => navigator.clipboard?.writeText(item.content)]);
  const apps = seen.message_commands.map((name) => [seen.message_labels[name], () => act({ do: "message_command", message: item.id, name })]);
  return html`
    <div class="deeds">
      ${!item.ephemeral && html`<button type="button" title="Reply" aria-label="Reply" onClick=${() => onAbout({ replyTo: item })}>↩</button>`}
      ${item.mine && html`<button type="button" title="Edit" aria-label="Edit" onClick=${() => onAbout({ editing: item })}>✎</button>`}
      <button type="button" ref=${opener} title="More" aria-label=${`More about the message of ${item.author}`} aria-haspopup="menu" aria-expanded=${Boolean(at)} onClick=${openBelow}>⋯</button>
    </div>
    ${at && html`<${Menu} at=${at} entries=${entries} apps=${apps} onClose=${(hasFocus) => { onOpen(null); if (hasFocus) opener.current?.focus(); }} />`}`;
}

// The menu lies above everything, so no edge of the channel cuts it off.
function Menu({ at, entries, apps, onClose }) {
  const box = useRef(null);
  useEffect(() => {
    const menu = box.current;
    menu.showPopover();
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(EDGE_PX, Math.min(at.x, innerWidth - width - EDGE_PX))}px`;
    menu.style.top = `${Math.max(EDGE_PX, Math.min(at.y, innerHeight - height - EDGE_PX))}px`;
    menu.querySelector("button").focus();
  }, []);
  const buttons = () => [...box.current.querySelectorAll("button")];
  const walk = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); onClose(true); }
    if (!step) return;
    event.preventDefault();
    const all = buttons();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  };
  const leave = (event) => { if (event.newState === "closed") onClose(false); };
  const entry = ([label, act]) => html`<button key=${label} type="button" role="menuitem" class=${label === "Delete" ? "danger-text" : ""} onClick=${() => { onClose(false); act(); }}>${label}</button>`;
  return html`<div class="menu" role="menu" popover="auto" ref=${box} onKeyDown=${walk} onToggle=${leave}>
    ${entries.map(entry)}
    ${apps.length > 0 && html`<div class="menu-title" role="presentation">Apps</div>`}
    ${apps.map(entry)}
  </div>`;
}
