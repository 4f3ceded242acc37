// The messages of a channel, oldest first; the view follows the newest as long as one is at the end.
import { html, useLayoutEffect, useRef, useState } from "./libraries/view.js";
import { FirstSteps, WhatNext } from "./first_steps.js";
import { Message, Waiting } from "./message.js";
import { useWords } from "./words.js";

const AT_END_PX = 80;
const TOGETHER_MS = 7 * 60 * 1000; // Discord draws what one person says within seven minutes under one name
const DISMISSED = "dismissed";

const dismissedSoFar = () => new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));

export function Messages({ shown, onAbout }) {
  const words = useWords();
  const { seen, here, act } = shown;
  const [dismissed, setDismissed] = useState(dismissedSoFar);
  const [isAtEnd, setAtEnd] = useState(true);
  const [current, setCurrent] = useState(null); // the message that the keyboard has reached
  const box = useRef(null);
  const followed = useRef(true);
  const top = useRef(0); // where the view was when it was scrolled last
  const newest = useRef(null);
  const items = seen.items.filter((it) => !it.form && !dismissed.has(it.id));
  const reached = items.some((it) => it.id === current) ? current : items.at(-1)?.id;

  const toEnd = () => { box.current.scrollTop = box.current.scrollHeight; };
  useLayoutEffect(() => {
    const last = items.at(-1);
    if (last?.id !== newest.current && (last?.mine || last?.used?.by === shown.person)) followed.current = true;
    // The button that opened a panel may be gone: the panel has the focus then, so that keyboard and screen reader go on there.
    if (newest.current !== null && last?.id !== newest.current && last?.used?.by === shown.person && document.activeElement === document.body)
      document.getElementById(`m${shown.place}-${last.id}`)?.focus({ preventScroll: true });
    newest.current = last?.id;
    if (followed.current) toEnd();
  }, [seen, dismissed]);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => followed.current && box.current && toEnd());
    watch.observe(box.current);
    watch.observe(box.current.firstElementChild);
    return () => watch.disconnect();
  }, []);
  // What grows while it is looked at is not left behind; only somebody who scrolls up stays where they are.
  const look = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    if (scrollHeight - scrollTop - clientHeight < AT_END_PX) followed.current = true;
    else if (scrollTop < top.current) followed.current = false;
    top.current = scrollTop;
    setAtEnd(followed.current);
  };
  const dismiss = (id) => {
    const now = new Set([...dismissed, id]);
    sessionStorage.setItem(DISMISSED, JSON.stringify([...now]));
    setDismissed(now);
  };
  // The list is one stop of the Tab key; arrow keys walk from message to message, and Tab then leads to what that one offers.
  const walk = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = event.target.closest("article");
    if (!step || (event.target !== box.current && event.target !== at)) return;
    const all = [...box.current.querySelectorAll("article")];
    const next = at ? all[all.indexOf(at) + step] : all.at(-1);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const arrive = (event) => { const id = event.target.closest("article")?.dataset.message; if (id) setCurrent(id); };

  return html`
    <div class="messages" tabindex="0" role="region" aria-label=${words.say("messages.in", { channel: here.name })} ref=${box} onScroll=${look} onKeyDown=${walk} onFocusIn=${arrive}>
      <div class="stack" role="log" aria-relevant="additions">
        ${!items.length && html`<${FirstSteps} shown=${shown} />`}
        ${items.map((item, place) => {
          const before = items[place - 1];
          const isNewDay = !before || words.day(before.at) !== words.day(item.at);
          const of = item.kind === "message"
            ? html`<${Message} key=${item.id} item=${item} shown=${shown} isFollowing=${!isNewDay && follows(item, before)} isReached=${item.id === reached} onAbout=${onAbout} onDismiss=${() => dismiss(item.id)} />`
            : html`<${Waiting} key=${item.id} item=${item} onDismiss=${() => act({ do: "dismiss", interaction: item.id })} />`;
          return isNewDay ? html`<div key=${`day ${item.id}`} class="day"><span>${words.day(item.at)}</span></div>${of}` : of;
        })}
        ${items.length > 0 && html`<${WhatNext} shown=${shown} items=${items} />`}
      </div>
    </div>
    ${!isAtEnd && html`<button type="button" class="newest" onClick=${toEnd}>${words.say("messages.newest")}</button>`}
    <p class="typing quiet" aria-live="polite">${seen.typing.length > 0 && words.count("typing", seen.typing.length, { names: words.list(seen.typing) })}</p>`;
}

const follows = (item, before) => before.kind === "message" && before.author_id === item.author_id && !item.replies && !item.used
  && before.ephemeral === item.ephemeral && new Date(item.at) - new Date(before.at) < TOGETHER_MS;
