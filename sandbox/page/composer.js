"use strict";
// The line at the foot of the page: it says messages, replies, edits, and fills in slash commands.

function enter(what) {
  leave();
  Object.assign(state, what);
  const item = what.replyTo || what.editing;
  at("context").hidden = false;
  at("context").firstElementChild.textContent = what.replyTo ? `Replying to ${item.author}` : "Editing your message";
  if (what.editing) at("text").value = item.content;
  at("text").focus();
}

function leave() {
  Object.assign(state, { replyTo: null, editing: null, command: null });
  at("context").hidden = at("commands").hidden = at("options").hidden = true;
  at("options").replaceChildren();
  at("text").value = "";
  at("text").readOnly = false;
}

function listCommands() {
  const begun = at("text").value;
  const entries = state.seen ? state.seen.commands.flatMap(flatten) : [];
  const fitting = begun.startsWith("/") ? entries.filter((it) => it.name.startsWith(begun.slice(1).trimEnd())) : [];
  at("commands").hidden = !begun.startsWith("/");
  at("commands").replaceChildren(...fitting.map((it) => button(`/${it.name}: ${it.description}`, () => chooseCommand(it))));
  if (!fitting.length) at("commands").append("The bot has registered no such command.");
}

// Sub-commands (type 1) and their groups (type 2) are commands of their own to a person.
function flatten(command) {
  const inner = command.options.filter((option) => option.type <= 2);
  if (!inner.length) return [command];
  return inner.flatMap((option) => flatten({ ...option, name: `${command.name} ${option.name}`, options: option.options || [] }));
}

function chooseCommand(command) {
  state.command = command;
  at("commands").hidden = true;
  at("text").value = `/${command.name}`;
  at("text").readOnly = true;
  at("context").hidden = false;
  at("context").firstElementChild.textContent = command.description;
  at("options").hidden = !command.options.length;
  at("options").replaceChildren(...command.options.map(drawOption));
  (at("options").querySelector("input, select") || at("composer").querySelector(".line button")).focus();
}

function drawOption(option) {
  const label = `${option.name}${option.required ? " (needed)" : ""}: ${option.description} `;
  const choices = option.type === 5 ? [{ name: "true", value: "true" }, { name: "false", value: "false" }] : option.choices || [];
  if (choices.length) {
    const blank = make("option", { value: "" }, "");
    const entries = choices.map((choice) => make("option", { value: String(choice.value) }, choice.name));
    return make("label", {}, label, make("select", { name: option.name }, blank, ...entries));
  }
  const number = option.type === 4 || option.type === 10;
  const field = make("input", { name: option.name, type: number ? "number" : "text" });
  if (number) field.step = option.type === 4 ? "1" : "any";
  for (const [name, bound] of [["min", option.min_value], ["max", option.max_value], ["maxLength", option.max_length]]) {
    if (bound !== undefined && bound !== null) field[name] = bound;
  }
  const list = option.autocomplete ? make("datalist", { id: `offers-${option.name}` }) : null;
  if (list) {
    field.setAttribute("list", list.id);
    field.addEventListener("input", () => complete(option.name, list));
  }
  return make("label", {}, label, field, list);
}

async function complete(focused, list) {
  const asked = state.command;
  const done = await act({ do: "complete", channel: state.channel, name: asked.name, focused, options: filledIn(true) });
  if (!done || state.command !== asked) return;
  list.replaceChildren(...done.choices.map((choice) => make("option", { value: choice.value }, choice.name)));
}

function filledIn(blanks = false) {
  const fields = [...at("options").querySelectorAll("input, select")];
  return Object.fromEntries(fields.filter((field) => blanks || field.value !== "").map((field) => [field.name, field.value]));
}

async function send() {
  const text = at("text").value;
  if (!state.command && !text.trim()) return;
  let deed = { do: "say", channel: state.channel, text, reply_to: state.replyTo ? state.replyTo.id : null };
  if (state.command) deed = { do: "command", channel: state.channel, name: state.command.name, options: filledIn() };
  else if (state.editing) deed = { do: "edit", message: state.editing.id, text };
  else if (text.startsWith("/")) {
    const exact = state.seen.commands.flatMap(flatten).find((it) => `/${it.name}` === text.trim());
    if (exact) chooseCommand(exact);
    else say(`The bot has no command ${text}`);
    return;
  }
  if (await act(deed)) leave();
}

at("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
at("text").addEventListener("input", listCommands);
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
  if (event.key === "Escape") leave();
});
at("leave").addEventListener("click", leave);
at("person").addEventListener("change", (event) => { state.person = event.target.value; state.channel = ""; leave(); look(); });
look();
