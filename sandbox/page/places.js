// Servers, their channels, threads and forum posts, and the direct messages with the bot; below them who one is.
import { html, useEffect, useState } from "./libraries/view.js";
import { Avatar } from "./avatar.js";
import { send } from "./live.js";
import { sign } from "./pane.js";

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

export function Places({ shown, onGo, onPerson }) {
  const { person, seen, here } = shown;
  const fresh = unread(person, seen);
  const direct = seen.channels.find((it) => it.kind === "direct");
  const first = (server) => seen.channels.find((it) => it.server === server.id && it.kind !== "forum") ?? seen.channels.find((it) => it.server === server.id);
  const isFresh = (server) => seen.channels.some((it) => it.server === (server?.id ?? null) && fresh.has(it.id));
  return html`
    <div class="places">
      <nav class="servers" aria-label="Servers">
        <button type="button" class="server" title="Direct messages" aria-label=${label("Direct messages", isFresh(null))} aria-current=${here.kind === "direct"} onClick=${() => onGo(direct.id)}>✉️</button>
        <hr />
        ${seen.servers.filter(first).map((server) => html`
          <button key=${server.id} type="button" class=${`server ${isFresh(server) ? "fresh" : ""}`} title=${server.name} aria-label=${label(server.name, isFresh(server))}
            aria-current=${here.server === server.id} onClick=${() => onGo(first(server).id)}>${[...server.name][0]}</button>`)}
      </nav>
      <div class="channels-side">
        <h2>${here.server ? seen.servers.find((it) => it.id === here.server).name : "Direct messages"}</h2>
        <nav class="channels" aria-label="Channels">
          ${here.server ? html`<${Channels} shown=${shown} fresh=${fresh} onGo=${onGo} />` : html`<${Channel} channel=${direct} here=${here} isFresh=${fresh.has(direct.id)} onGo=${onGo} />`}
        </nav>
        <${Me} shown=${shown} onPerson=${onPerson} />
      </div>
    </div>`;
}

const label = (name, isFresh) => (isFresh ? `${name}, something new` : name);

function Channels({ shown: { seen, here }, fresh, onGo }) {
  const mine = seen.channels.filter((it) => it.server === here.server);
  let category = "";
  return mine.map((channel) => {
    const title = channel.category !== category && channel.category ? html`<h3 key=${`c${channel.category}`}>${channel.category}</h3>` : null;
    category = channel.category;
    return html`${title}<${Channel} key=${channel.id} channel=${channel} here=${here} isFresh=${fresh.has(channel.id)} onGo=${onGo} />`;
  });
}

function Channel({ channel, here, isFresh, onGo }) {
  const isInside = channel.kind === "thread" || channel.kind === "post";
  return html`<button type="button" class=${`place ${isInside ? "inside" : ""} ${isFresh ? "fresh" : ""}`} aria-current=${channel.id === here.id} aria-label=${label(channel.name, isFresh)}
    onClick=${() => onGo(channel.id)}><span class="sign" aria-hidden="true">${sign(channel)}</span>${channel.name}</button>`;
}

function Me({ shown, onPerson }) {
  const { person, place, seen, act, complain } = shown;
  const [name, setName] = useState(null);
  const add = async (event) => {
    event.preventDefault();
    if (!(await send("api/people", { name: name.trim() }, complain))) return;
    onPerson(name.trim());
    setName(null);
  };
  const choose = (event) => (event.target.value ? onPerson(event.target.value) : setName(""));
  if (name !== null) {
    return html`<form class="me" onSubmit=${add}>
      <input aria-label="Name of the new person" placeholder="Name" required maxlength="32" value=${name} onInput=${(event) => setName(event.target.value)} ref=${(it) => it?.focus()} />
      <button class="primary">Add</button><button type="button" onClick=${() => setName(null)}>Cancel</button>
    </form>`;
  }
  return html`<div class="me">
    <${Avatar} name=${person} />
    <label>You are <select id=${`person-${place}`} value=${person} onChange=${choose}>
      ${seen.people.map((it) => html`<option key=${it} value=${it} selected=${it === person}>${it}</option>`)}
      <option value="">Somebody new…</option>
    </select></label>
    <${Language} person=${person} seen=${seen} act=${act} />
  </div>`;
}

// The language in which this person uses Discord: at first that of the browser, if the page offers it.
function Language({ person, seen, act }) {
  const key = `language ${person}`;
  const use = (locale) => { localStorage.setItem(key, locale); act({ do: "use_language", locale }); };
  useEffect(() => {
    const wanted = localStorage.getItem(key) ?? navigator.language;
    if (wanted in seen.languages && wanted !== seen.me.locale) act({ do: "use_language", locale: wanted });
  }, [person]);
  return html`<select aria-label=${`Language of ${person}`} value=${seen.me.locale} onChange=${(event) => use(event.target.value)}>
    ${Object.entries(seen.languages).map(([locale, name]) => html`<option key=${locale} value=${locale} selected=${locale === seen.me.locale}>${name}</option>`)}
  </select>`;
}
