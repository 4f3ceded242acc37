// The messages of a channel, oldest first; the view follows the newest as long as one is at the end.
import { html, useLayoutEffect, useRef, useState } from "./libraries/view.js";
import { Message, Waiting } from "./message.js";

const AT_END_PX = 80;
const TOGETHER_MS = 7 * 60 * 1000; // Discord draws what one person says within seven minutes under one name
const DISMISSED = "dismissed";

const dismissedSoFar = () => new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));

export function Messages({ shown, onAbout }) {
  const { seen, here, act } = shown;
  const [dismissed, setDismissed] = useState(dismissedSoFar);
  const [isAtEnd, setAtEnd] = useState(true);
  const box = useRef(null);
  const followed = useRef(true);
  const top = useRef(0); // where the view was when it was scrolled last
  const newest = useRef(null);
  const items = seen.items.filter((it) => !it.form && !dismissed.has(it.id));

  const toEnd = () => { box.current.scrollTop = box.current.scrollHeight; };
  useLayoutEffect(() => {
    const last = items.at(-1);
    if (last?.id !== newest.current && (last?.mine || last?.used?.by === shown.person)) followed.current = true;
    newest.current = last?.id;
    if (followed.current) toEnd();
  });
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

  return html`
    <div class="messages" tabindex="0" role="region" aria-label=${`Messages in ${here.name}`} ref=${box} onScroll=${look}>
      <div class="stack" role="log">
        ${!items.length && html`<${Nothing} shown=${shown} />`}
        ${items.map((item, place) => {
          const before = items[place - 1];
          const isNewDay = !before || day(before.at) !== day(item.at);
          const of = item.kind === "message"
            ? html`<${Message} key=${item.id} item=${item} shown=${shown} isFollowing=${!isNewDay && follows(item, before)} onAbout=${onAbout} onDismiss=${() => dismiss(item.id)} />`
            : html`<${Waiting} key=${item.id} item=${item} onDismiss=${() => act({ do: "dismiss", interaction: item.id })} />`;
          return isNewDay ? html`<div key=${`day ${item.id}`} class="day"><span>${day(item.at)}</span></div>${of}` : of;
        })}
        ${items.length > 0 && !seen.me.has_used_command && html`<p class="unanswered quiet">Causerie does not answer ${shown.person} yet. <${OpenUser} shown=${shown} /> and press 💬 activate.</p>`}
      </div>
    </div>
    ${!isAtEnd && html`<button type="button" class="newest" onClick=${toEnd}>Jump to the newest ↓</button>`}
    <p class="typing quiet" aria-live="polite">${typing(seen.typing)}</p>`;
}

const day = (at) => new Date(at).toLocaleDateString(undefined, { dateStyle: "long" });

const follows = (item, before) => before.kind === "message" && before.author_id === item.author_id && !item.replies && !item.used
  && before.ephemeral === item.ephemeral && new Date(item.at) - new Date(before.at) < TOGETHER_MS;

function typing(names) {
  if (!names.length) return "";
  return names.length === 1 ? `${names[0]} is typing…` : `${names.join(" and ")} are typing…`;
}

// What somebody who has just come sees: the two steps to a first answer, the first of them as a button.
function Nothing({ shown }) {
  const { here } = shown;
  return html`<div class="nothing">
    <p class="welcome">Say hello to Causerie</p>
    <ol>
      <li>Open your panel with <code>/user</code> and press 💬 <strong>activate</strong>. From then on the bot answers you.
        <div><${OpenUser} shown=${shown} /></div></li>
      <li>Ask something in the line below. Try also a picture, a PDF or a voice message.</li>
    </ol>
    <p class="quiet">Nothing has been said in ${here.kind === "direct" ? "these direct messages" : here.name} yet.</p>
  </div>`;
}

function OpenUser({ shown: { seen, here, act } }) {
  const isReady = seen.commands.some((it) => it.name === "user");
  return html`<button type="button" class="primary" disabled=${!isReady} onClick=${() => act({ do: "command", channel: here.id, name: "user", options: {} })}>Open /user</button>`;
}
