"use strict";
// Keeps what the server says one person sees on the screen, and sends what they do.

const at = (id) => document.getElementById(id);
const state = { person: "Alice", channel: "", seen: null, socket: null, replyTo: null, editing: null, command: null };
const drawn = new Map(); // item's id -> what it was drawn from, and the element

// Text becomes text nodes: no string is ever read as markup.
function make(tag, fields = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const button = (label, onclick, className = "") => make("button", { type: "button", className, onclick }, label);

async function act(deed, complain = say) {
  complain("");
  const response = await fetch("api/deeds", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: state.person, ...deed }),
  }).catch(() => null);
  const body = response ? await response.json() : { error: "The sandbox does not answer. Is it still running?" };
  if (body.error) complain(body.error);
  return body.error ? null : body;
}

function say(sentence, where = at("wrong")) {
  where.textContent = sentence;
  where.hidden = !sentence;
}

// Live: one WebSocket for who looks where; it is opened again when it breaks.
function look() {
  const before = state.socket;
  const query = new URLSearchParams({ person: state.person, channel: state.channel });
  const socket = new WebSocket(`ws://${location.host}/live?${query}`);
  state.socket = socket;
  if (before) before.close();
  socket.onmessage = (event) => {
    if (socket === state.socket) draw(JSON.parse(event.data));
  };
  socket.onclose = (event) => {
    if (socket !== state.socket) return;
    if (event.code === 4000) state.channel = "";
    notice("The sandbox is not reachable; trying again.");
    setTimeout(() => socket === state.socket && look(), 1000);
  };
}

function notice(text) {
  say(text, at("notice"));
}

function draw(seen) {
  const before = state.seen;
  state.seen = seen;
  state.channel = seen.channel;
  notice(seen.notices.join(" "));
  const entries = seen.people.map((name) => make("option", { value: name, selected: name === state.person }, name));
  if (at("person").options.length !== seen.people.length) at("person").replaceChildren(...entries);
  if (!before || JSON.stringify([before.channels, before.channel]) !== JSON.stringify([seen.channels, seen.channel])) drawChannels(seen);
  drawItems(seen.items);
  at("nothing").hidden = seen.items.length > 0;
  offerForm(seen.items);
  if (at("text").value.startsWith("/") && !state.command) listCommands();
}

function drawChannels(seen) {
  let group = null;
  at("channels").replaceChildren(...seen.channels.flatMap((channel) => {
    const sign = { direct: "✉", thread: "↳ #" }[channel.kind] || "#";
    const title = channel.group === group ? [] : [make("span", { className: "group" }, channel.group)];
    group = channel.group;
    const here = { type: "button", "aria-current": String(channel.id === seen.channel), onclick: () => go(channel.id) };
    return [...title, make("button", here, `${sign} ${channel.name}`)];
  }));
}

function go(channel) {
  state.channel = channel;
  leave();
  look();
}

// Only what has changed is drawn again, so that an open menu survives the next delta.
function drawItems(items) {
  const main = at("items");
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 60;
  const shown = items.filter((item) => !item.form);
  const ids = new Set(shown.map((item) => item.id));
  for (const [id, entry] of drawn) {
    if (!ids.has(id)) { entry.element.remove(); drawn.delete(id); }
  }
  let previous = at("nothing");
  for (const item of shown) {
    const key = JSON.stringify([item, state.seen.message_commands]);
    let entry = drawn.get(item.id);
    if (!entry || entry.key !== key) {
      const element = item.kind === "message" ? drawMessage(item) : drawInteraction(item);
      if (entry) replace(entry.element, element);
      entry = { key, element };
      drawn.set(item.id, entry);
    }
    if (entry.element !== previous.nextSibling) main.insertBefore(entry.element, previous.nextSibling);
    previous = entry.element;
  }
  if (atEnd) main.scrollTop = main.scrollHeight;
}

// Who works with the keyboard keeps their place in a message that is drawn anew.
function replace(old, fresh) {
  const controls = (element) => [...element.querySelectorAll("button, select, summary, a")];
  const place = controls(old).indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (place >= 0) controls(fresh)[Math.min(place, controls(fresh).length - 1)]?.focus({ preventScroll: true });
}
