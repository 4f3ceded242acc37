"use strict";
// Draws one message, or what came of an interaction that no message tells of.

function drawMessage(item) {
  const article = make("article", { id: `m${item.id}`, className: item.ephemeral ? "ephemeral" : "" });
  const menu = drawDeeds(item);
  if (item.replies) {
    const quoted = item.reply_to ? `${item.reply_to.author}: ${item.reply_to.content}` : "a message that is gone";
    article.append(make("div", { className: "reply" }, `↩ ${quoted}`));
  }
  article.append(head(item, item.author, menu));
  const text = make("div", { className: "text" }, item.loading ? "is thinking…" : markdown(item.content, state.seen.names));
  if (item.edited) text.append(make("span", { className: "small" }, " (edited)"));
  article.append(text);
  for (const file of item.files) article.append(drawFile(file));
  for (const part of item.components) article.append(drawComponent(item, part));
  if (item.reactions.length) {
    article.append(make("div", { className: "row" }, ...item.reactions.map((it) =>
      make("span", { className: "reaction" }, `${it.emoji} ${it.count}`))));
  }
  if (item.ephemeral) article.append(make("div", { className: "foot" }, "👁 Only you can see this."));
  article.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, select, pre") || String(getSelection())) return;
    event.preventDefault();
    menu.open = true;
    menu.querySelector("button")?.focus();
  });
  return article;
}

function head(item, name, ...more) {
  const time = make("time", { dateTime: item.at }, new Date(item.at).toLocaleTimeString(undefined, { timeStyle: "short" }));
  return make("div", { className: "head" }, make("strong", {}, name), item.bot ? make("span", { className: "badge" }, "APP") : null, time, ...more);
}

// What one can do with a message; Discord shows the same on a right click.
function drawDeeds(item) {
  const entries = [];
  if (!item.ephemeral) entries.push(button("Reply", () => enter({ replyTo: item })));
  if (item.mine) {
    entries.push(button("Edit", () => enter({ editing: item })));
    entries.push(button("Delete", () => act({ do: "delete", message: item.id })));
  }
  if (state.seen.message_commands.length) entries.push(make("span", { className: "group" }, "Apps"));
  for (const name of state.seen.message_commands) {
    entries.push(button(name, () => act({ do: "message_command", message: item.id, name })));
  }
  const list = make("div", { className: "menu", onclick: () => { menu.open = false; } }, ...entries);
  const menu = make("details", { className: "deeds", hidden: !entries.length }, make("summary", { "aria-label": `What to do with the message of ${item.author}` }, "⋯"), list);
  menu.addEventListener("toggle", () => menu.open && closeOthers(menu));
  menu.addEventListener("keydown", (event) => walk(event, menu));
  return menu;
}

function closeOthers(menu) {
  for (const other of document.querySelectorAll("details.deeds[open]")) if (other !== menu) other.open = false;
}

function walk(event, menu) {
  const entries = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
  if (!step || !menu.open) return;
  event.preventDefault();
  const place = entries.indexOf(document.activeElement);
  entries[(place + step + entries.length) % entries.length].focus();
}

function drawInteraction(item) {
  const failed = item.state === "failed";
  const article = make("article", { id: `m${item.id}`, className: failed ? "failed" : "small" });
  const name = item.name.startsWith("/") ? `You used ${item.name}` : "You pressed or chose something";
  article.append(head(item, name), make("div", { className: "text" }, failed ? item.text : "is waiting for the bot…"));
  if (failed) article.append(button("Dismiss", () => act({ do: "dismiss", interaction: item.id })));
  return article;
}

document.addEventListener("click", (event) => closeOthers(event.target.closest("details.deeds")));
