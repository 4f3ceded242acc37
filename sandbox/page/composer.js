"use strict";
// The line at the foot of the page: it says messages, replies, edits, and fills in slash commands.

function enter(what) {
  leave();
  Object.assign(state, what);
  const item = what.replyTo || what.editing;
  context(what.replyTo ? `Replying to ${item.author}` : "Editing your message");
  if (what.editing) at("text").value = item.content;
  grow();
  at("text").focus();
}

function context(sentence) {
  at("context").hidden = !sentence;
  at("context").firstElementChild.textContent = sentence;
}

function leave() {
  Object.assign(state, { replyTo: null, editing: null, command: null });
  context("");
  at("commands").hidden = at("options").hidden = true;
  at("options").replaceChildren();
  at("text").value = "";
  at("text").readOnly = false;
  grow();
}

function grow() {
  at("text").rows = Math.min(8, at("text").value.split("\n").length);
}

const known = () => (state.seen ? state.seen.commands.flatMap(flatten) : []);
const fitting = () => known().filter((it) => it.name.startsWith(at("text").value.slice(1).trimEnd()));

function listCommands() {
  const asked = at("text").value.startsWith("/");
  const entries = asked ? fitting() : [];
  at("commands").hidden = !asked;
  at("commands").replaceChildren(...entries.map((it) =>
    make("button", { type: "button", onclick: () => chooseCommand(it) }, make("strong", {}, `/${it.name}`), ` ${it.description}`)));
  if (!entries.length) at("commands").append("The bot has registered no such command.");
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
  context(command.description);
  at("options").hidden = !command.options.length;
  at("options").replaceChildren(...command.options.map(drawOption));
  (at("options").querySelector("input") || at("composer").querySelector(".line button")).focus();
}

function drawOption(option) {
  const label = make("span", {}, make("strong", {}, option.name), option.required ? " (needed)" : "", ` ${option.description}`);
  const number = option.type === 4 || option.type === 10;
  const field = make("input", { name: option.name, type: number ? "number" : "text", required: Boolean(option.required) });
  if (number) field.step = option.type === 4 ? "1" : "any";
  for (const [name, bound] of [["min", option.min_value], ["max", option.max_value], ["maxLength", option.max_length]]) {
    if (bound !== undefined && bound !== null) field[name] = bound;
  }
  return make("label", { className: "option" }, label, field, option.autocomplete ? completing(field, option.name) : null);
}

function filledIn() {
  const fields = [...at("options").querySelectorAll("input")].filter((field) => field.value !== "");
  return Object.fromEntries(fields.map((field) => [field.name, field.dataset.value ?? field.value]));
}

async function send() {
  const text = at("text").value;
  if (!state.command && !text.trim() && !chosen.length) return;
  let deed = { do: "say", channel: state.channel, text, reply_to: state.replyTo ? state.replyTo.id : null, files: await takeChosen() };
  if (state.command) deed = { do: "command", channel: state.channel, name: state.command.name, options: filledIn() };
  else if (state.editing) deed = { do: "edit", message: state.editing.id, text };
  else if (text.startsWith("/")) {
    const [first] = fitting();
    if (first) chooseCommand(first);
    else say(`The bot has no command ${text}`);
    return;
  }
  if (!(await act(deed))) return;
  if (deed.do === "say") forgetChosen();
  leave();
  at("text").focus();
  at("items").scrollTop = at("items").scrollHeight;
}

at("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
at("composer").addEventListener("keydown", (event) => { if (event.key === "Escape") { leave(); at("text").focus(); } });
at("text").addEventListener("input", () => { grow(); listCommands(); });
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); at("composer").requestSubmit(); }
  if (event.key === "ArrowDown" && !at("commands").hidden) { event.preventDefault(); at("commands").querySelector("button")?.focus(); }
});
at("leave").addEventListener("click", () => { leave(); at("text").focus(); });
at("person").addEventListener("change", (event) => { state.person = event.target.value; state.channel = ""; leave(); look(); });
look();
