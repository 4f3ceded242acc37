"use strict";
// Draws what the server says one person sees, and sends what they do. Text becomes text nodes, never markup.

const at = (id) => document.getElementById(id);
const state = { person: "Alice", channel: "", seen: null, socket: null, replyTo: null, editing: null, command: null };
const drawn = new Map(); // item's id -> what it was drawn from, and the element

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

async function act(deed) {
  say("");
  const response = await fetch("api/deeds", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: state.person, ...deed }),
  }).catch(() => null);
  const body = response ? await response.json() : { error: "The sandbox does not answer. Is it still running?" };
  if (body.error) say(body.error);
  return body.error ? null : body;
}

function say(sentence) {
  at("wrong").textContent = sentence;
  at("wrong").hidden = !sentence;
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
  at("notice").textContent = text;
  at("notice").hidden = !text;
}

function draw(seen) {
  state.seen = seen;
  state.channel = seen.channel;
  notice(seen.notices.join(" "));
  if (at("person").options.length !== seen.people.length) at("person").replaceChildren(...seen.people.map((name) => make("option", { value: name, selected: name === state.person }, name)));
  at("channels").replaceChildren(...seen.channels.map((channel) =>
    make("button", { type: "button", "aria-current": String(channel.id === seen.channel), onclick: () => go(channel.id) },
      channel.direct ? channel.name : `# ${channel.name}`)));
  drawItems(seen.items);
  if (at("text").value.startsWith("/") && !state.command) listCommands();
}

function go(channel) {
  state.channel = channel;
  leave();
  look();
}

// Only what has changed is drawn again, so an open menu or a half-filled form survives the next delta.
function drawItems(items) {
  const main = at("items");
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 60;
  const ids = new Set(items.map((item) => item.id));
  for (const [id, entry] of drawn) {
    if (!ids.has(id)) { entry.element.remove(); drawn.delete(id); }
  }
  let previous = null;
  for (const item of items) {
    const key = JSON.stringify([item, state.seen.message_commands]);
    let entry = drawn.get(item.id);
    if (!entry || entry.key !== key) {
      const element = item.kind === "message" ? drawMessage(item) : drawInteraction(item);
      if (entry) entry.element.replaceWith(element);
      entry = { key, element };
      drawn.set(item.id, entry);
    }
    const place = previous ? previous.nextSibling : main.firstChild;
    if (entry.element !== place) main.insertBefore(entry.element, place);
    previous = entry.element;
  }
  if (atEnd) main.scrollTop = main.scrollHeight;
}

function head(item, name) {
  const time = make("time", { dateTime: item.at }, new Date(item.at).toLocaleTimeString());
  return make("div", { className: "head" }, make("strong", {}, name), item.bot ? make("span", { className: "badge" }, "APP") : null, time);
}

function drawMessage(item) {
  const top = head(item, item.author);
  top.append(drawDeeds(item));
  const article = make("article", { id: `m${item.id}`, className: item.ephemeral ? "ephemeral" : "" });
  if (item.replies) {
    const quoted = item.reply_to ? `${item.reply_to.author}: ${item.reply_to.content}` : "a message that is gone";
    article.append(make("div", { className: "reply" }, `↩ ${quoted}`));
  }
  article.append(top);
  const text = item.content.replace(/<@!?(\d+)>/g, (whole, id) => (id in item.mentions ? `@${item.mentions[id]}` : whole));
  const shown = make("div", { className: "text" }, item.loading ? "is thinking…" : text);
  if (item.edited) shown.append(make("span", { className: "small" }, " (edited)"));
  article.append(shown);
  for (const embed of item.embeds) article.append(drawEmbed(embed));
  for (const file of item.files) article.append(make("div", { className: "small" }, `📎 ${file.name} (${file.bytes} bytes)`));
  for (const part of item.components) article.append(drawComponent(item, part));
  if (item.reactions.length) {
    article.append(make("div", { className: "row" }, ...item.reactions.map((it) =>
      make("span", { className: "reaction" }, `${it.emoji} ${it.count}`))));
  }
  if (item.ephemeral) article.append(make("div", { className: "small" }, "Only you can see this."));
  return article;
}

function drawEmbed(embed) {
  const box = make("div", { className: "embed" });
  if (embed.title) box.append(make("strong", {}, embed.title), "\n");
  if (embed.description) box.append(embed.description);
  for (const field of embed.fields || []) box.append("\n", make("b", {}, field.name), `: ${field.value}`);
  if (embed.footer) box.append(make("div", { className: "small" }, embed.footer.text || ""));
  return box;
}

function drawDeeds(item) {
  const deeds = make("span", { className: "deeds" });
  if (!item.ephemeral) deeds.append(button("Reply", () => enter({ replyTo: item })));
  if (item.mine) {
    deeds.append(button("Edit", () => enter({ editing: item })));
    deeds.append(button("Delete", () => act({ do: "delete", message: item.id })));
  }
  for (const name of state.seen.message_commands) {
    deeds.append(button(`Apps: ${name}`, () => act({ do: "message_command", message: item.id, name })));
  }
  return deeds;
}

function drawComponent(item, part) {
  if (part.type === 2) {
    const label = [part.emoji, part.label].filter(Boolean).join(" ");
    const made = button(label, () => act({ do: "press", message: item.id, button: part.custom_id }), part.style);
    made.disabled = Boolean(part.disabled);
    return made;
  }
  if (part.type === 3) return drawMenu(item, part);
  if (part.type === 10) return make("div", { className: "text" }, part.content || "");
  return make("div", { className: "row" }, ...part.components.map((inner) => drawComponent(item, inner)));
}

function drawMenu(item, part) {
  const many = (part.max_values ?? 1) > 1;
  const menu = make("select", { multiple: many, disabled: Boolean(part.disabled), "aria-label": part.placeholder || "Menu" });
  if (!many) menu.append(make("option", { value: "", disabled: true, selected: true }, part.placeholder || "Choose"));
  for (const option of part.options || []) {
    const label = option.description ? `${option.label} (${option.description})` : option.label;
    menu.append(make("option", { value: option.value, selected: Boolean(option.default) }, label));
  }
  const send = () => act({ do: "choose", message: item.id, menu: part.custom_id, values: [...menu.selectedOptions].map((it) => it.value) });
  if (!many) { menu.addEventListener("change", send); return menu; }
  return make("span", { className: "row" }, menu, button("Choose", send));
}

function drawInteraction(item) {
  const article = make("article", { id: `m${item.id}`, className: item.state === "failed" ? "failed" : "small" });
  const shown = item.state === "waiting" ? "is waiting for the bot…" : item.text;
  const name = item.name.startsWith("/") ? `You used ${item.name}` : "You pressed or chose something";
  article.append(head(item, name), make("div", { className: "text" }, shown));
  if (item.form) article.append(drawForm(item));
  if (item.state !== "waiting") article.append(button("Dismiss", () => act({ do: "dismiss", interaction: item.id })));
  return article;
}

function drawForm(item) {
  const fields = item.form.fields.map((field) =>
    make(field.long ? "textarea" : "input", { name: field.custom_id, value: field.value }));
  const form = make("form", {
    onsubmit: (event) => {
      event.preventDefault();
      act({ do: "submit", interaction: item.id, values: Object.fromEntries(fields.map((field) => [field.name, field.value])) });
    },
  }, make("strong", {}, item.form.title));
  item.form.fields.forEach((field, place) => form.append(make("label", {}, field.label, " ", fields[place])));
  form.append(make("button", { className: "primary" }, "Submit"));
  return form;
}
