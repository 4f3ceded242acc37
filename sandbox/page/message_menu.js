// What one can do with a message: a few buttons when it is pointed at or has the focus, and a menu with all of it and the Apps.
import { html, useEffect, useRef } from "./libraries/view.js";
import { useWords } from "./words.js";

const EMOJIS = ["👍", "❤️", "😂", "🎉", "👀"];
const EDGE_PX = 8;

export function Deeds({ item, shown, at, opener, isReached, onOpen, onAbout, onReact }) {
  const words = useWords();
  const tab = isReached ? 0 : -1; // a stop of the Tab key at each message would be a long way
  const { act, seen } = shown;
  const openBelow = () => {
    const { left, bottom } = opener.current.getBoundingClientRect();
    onOpen(at ? null : { x: left, y: bottom });
  };
  const entries = [];
  if (!item.ephemeral) {
    entries.push(["deed.reply", () => onAbout({ replyTo: item })]);
    for (const emoji of EMOJIS) entries.push(["deed.react", () => onReact(emoji, false), { emoji }]);
  }
  if (item.mine) entries.push(["deed.edit", () => onAbout({ editing: item })], ["deed.delete", () => act({ do: "delete", message: item.id })]);
  if (item.content) entries.push(["deed.copy", () => navigator.clipboard?.writeText(item.content)]);
  const apps = seen.message_commands.map((name) => [seen.message_labels[name], () => act({ do: "message_command", message: item.id, name })]);
  return html`
    <div class="deeds">
      ${!item.ephemeral && html`<button type="button" tabindex=${tab} title=${words.say("deed.reply")} aria-label=${words.say("deed.reply")} onClick=${() => onAbout({ replyTo: item })}>↩</button>`}
      ${item.mine && html`<button type="button" tabindex=${tab} title=${words.say("deed.edit")} aria-label=${words.say("deed.edit")} onClick=${() => onAbout({ editing: item })}>✎</button>`}
      <button type="button" tabindex=${tab} ref=${opener} title=${words.say("deed.more")} aria-label=${words.say("deed.more_about", { name: item.author })} aria-haspopup="menu" aria-expanded=${Boolean(at)} onClick=${openBelow}>⋯</button>
    </div>
    ${at && html`<${Menu} at=${at} entries=${entries} apps=${apps} onClose=${(hasFocus) => { onOpen(null); if (hasFocus) opener.current?.focus(); }} />`}`;
}

// The menu lies above everything, so no edge of the channel cuts it off.
function Menu({ at, entries, apps, onClose }) {
  const words = useWords();
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
  const entry = (label, act, key) => html`<button key=${label} type="button" role="menuitem" class=${key === "deed.delete" ? "danger-text" : ""} onClick=${() => { onClose(false); act(); }}>${label}</button>`;
  return html`<div class="menu" role="menu" popover="auto" ref=${box} onKeyDown=${walk} onToggle=${leave}>
    ${entries.map(([key, act, values]) => entry(words.say(key, values), act, key))}
    ${apps.length > 0 && html`<div class="menu-title" role="presentation">${words.say("deed.apps")}</div>`}
    ${apps.map(([label, act]) => entry(label, act))}
  </div>`;
}
