// Servers, their channels, threads and forum posts, and the direct messages with the bot; below them who one is.
import { html, useEffect, useState } from "./libraries/view.js";
import { Avatar } from "./avatar.js";
import { send } from "./live.js";
import { sign } from "./pane.js";
import { FIRST, Wrong, languages, preferred, useWords } from "./words.js";

const READ = "read";
const readSoFar = () => JSON.parse(sessionStorage.getItem(READ) ?? "{}");

// Channels in which something was said since this person last looked there.
function unread(person, seen) {
  const read = readSoFar();
  const here = seen.channels.find((it) => it.id === seen.channel);
  read[`${person} ${here.id}`] = here.last;
  for (const it of seen.channels) read[`${person} ${it.id}`] ??= it.last;
  sessionStorage.setItem(READ, JSON.stringify(read));
  return new Set(seen.channels.filter((it) => it.last !== read[`${person} ${it.id}`]).map((it) => it.id));
}

export function Places({ shown, onPerson }) {
  const words = useWords();
  const { person, seen, here, go } = shown;
  const fresh = unread(person, seen);
  const direct = seen.channels.find((it) => it.kind === "direct");
  const first = (server) => seen.channels.find((it) => it.server === server.id && it.kind !== "forum") ?? seen.channels.find((it) => it.server === server.id);
  const label = (name, isFresh) => (isFresh ? words.say("places.fresh", { name }) : name);
  const directMessages = words.say("places.direct");
  const isFresh = (server) => seen.channels.some((it) => it.server === (server?.id ?? null) && fresh.has(it.id));
  return html`
    <div class="places">
      <nav class="servers" aria-label=${words.say("places.servers")}>
        <button type="button" class=${`server ${isFresh(null) ? "fresh" : ""}`} title=${directMessages} aria-label=${label(directMessages, isFresh(null))} aria-current=${here.kind === "direct"} onClick=${() => go(direct.id)}>✉️</button>
        <hr />
        ${seen.servers.filter(first).map((server) => html`
          <button key=${server.id} type="button" class=${`server ${isFresh(server) ? "fresh" : ""}`} title=${server.name} aria-label=${label(server.name, isFresh(server))}
            aria-current=${here.server === server.id} onClick=${() => go(first(server).id)}>${[...server.name][0]}</button>`)}
      </nav>
      <div class="channels-side">
        <h2>${here.server ? seen.servers.find((it) => it.id === here.server).name : directMessages}</h2>
        <nav class="channels" aria-label=${words.say("places.channels")}>
          ${here.server ? html`<${Channels} shown=${shown} fresh=${fresh} />` : html`<${Channel} channel=${direct} shown=${shown} isFresh=${fresh.has(direct.id)} />`}
        </nav>
        <${Me} shown=${shown} onPerson=${onPerson} />
      </div>
    </div>`;
}

function Channels({ shown, fresh }) {
  const { seen, here } = shown;
  const mine = seen.channels.filter((it) => it.server === here.server);
  let category = "";
  return mine.map((channel) => {
    const title = channel.category !== category && channel.category ? html`<h3 key=${`c${channel.category}`}>${channel.category}</h3>` : null;
    category = channel.category;
    return html`${title}<${Channel} key=${channel.id} channel=${channel} shown=${shown} isFresh=${fresh.has(channel.id)} />`;
  });
}

function Channel({ channel, shown: { here, go }, isFresh }) {
  const words = useWords();
  const isInside = channel.kind === "thread" || channel.kind === "post";
  return html`<button type="button" class=${`place ${isInside ? "inside" : ""} ${isFresh ? "fresh" : ""}`} aria-current=${channel.id === here.id} aria-label=${isFresh ? words.say("places.fresh", { name: channel.name }) : channel.name}
    onClick=${() => go(channel.id)}><span class="sign" aria-hidden="true">${sign(channel)}</span>${channel.name}</button>`;
}

function Me({ shown, onPerson }) {
  const words = useWords();
  const { person, place, seen, act } = shown;
  const [name, setName] = useState(null);
  const [wrong, setWrong] = useState(null);
  const add = async (event) => {
    event.preventDefault();
    if (!(await send("api/people", { name: name.trim() }, setWrong))) return;
    onPerson(name.trim());
    setName(null);
  };
  const choose = (event) => (event.target.value ? onPerson(event.target.value) : setName(""));
  if (name !== null) {
    return html`<form class="me" onSubmit=${add}>
      <input aria-label=${words.say("me.new_name")} placeholder=${words.say("me.name")} required maxlength="32" value=${name} onInput=${(event) => setName(event.target.value)} ref=${(it) => it?.focus()} />
      <button class="primary">${words.say("me.add")}</button><button type="button" onClick=${() => { setName(null); setWrong(null); }}>${words.say("cancel")}</button>
      <${Wrong} about=${wrong} />
    </form>`;
  }
  return html`<div class="me">
    <${Avatar} name=${person} />
    <label>${words.say(person === seen.admin ? "me.you_are_admin" : "me.you_are")} <select id=${`person-${place}`} value=${person} onChange=${choose}>
      ${seen.people.map((it) => html`<option key=${it} value=${it} selected=${it === person}>${it === seen.admin && it !== person ? words.say("me.admin", { name: it }) : it}</option>`)}
      <option value="">${words.say("me.somebody_new")}</option>
    </select></label>
    <${Language} person=${person} seen=${seen} act=${act} />
  </div>`;
}

// The language in which this person uses Discord, and in which the page speaks to them. At first it is that of the browser, if the page
// speaks it; somebody who came with another than Discord's usual one keeps it.
function Language({ person, seen, act }) {
  const words = useWords();
  const key = `language ${person}`;
  const use = (locale) => { localStorage.setItem(key, locale); act({ do: "use_language", locale }); };
  useEffect(() => {
    const wanted = localStorage.getItem(key) ?? (seen.me.locale === FIRST ? preferred() : seen.me.locale);
    if (wanted !== seen.me.locale) act({ do: "use_language", locale: wanted });
  }, [person]);
  return html`<select aria-label=${words.say("me.language", { person })} value=${seen.me.locale} onChange=${(event) => use(event.target.value)}>
    ${languages.map(([locale, name]) => html`<option key=${locale} value=${locale} lang=${locale} selected=${locale === seen.me.locale}>${name}</option>`)}
  </select>`;
}
