// Slash commands: which fit what was typed, and the fields of the one that was chosen.
import { html, useLayoutEffect, useRef, useState } from "./libraries/view.js";
import { Completing } from "./completing.js";
import { useWords } from "./words.js";

const SUB_COMMAND_GROUP = 2, INTEGER = 4, NUMBER = 10;

// Sub-commands and their groups are commands of their own to a person.
function flat(command) {
  const inner = command.options.filter((option) => option.type <= SUB_COMMAND_GROUP);
  if (!inner.length) return [command];
  return inner.flatMap((option) => flat({ ...option, name: `${command.name} ${option.name}`, options: option.options ?? [] }));
}

export const fitting = (seen, text) => seen.commands.flatMap(flat).filter((it) => it.name.startsWith(text.slice(1).trimEnd()));

export function CommandLine({ command, shown: { here, act, place }, onLeave }) {
  const words = useWords();
  const [values, setValues] = useState({}); // option -> { name: what is read, value: what is sent }
  const box = useRef(null);
  useLayoutEffect(() => (box.current.querySelector("input, select") ?? box.current.querySelector("button.primary")).focus(), []);
  const sent = () => Object.fromEntries(Object.entries(values).filter(([, it]) => it.value !== "").map(([name, it]) => [name, it.value]));
  const submit = async (event) => {
    event.preventDefault();
    if (await act({ do: "command", channel: here.id, name: command.name, options: sent() })) onLeave();
  };
  const key = (event) => { if (event.key === "Escape") { event.preventDefault(); onLeave(); } };
  const set = (name, value) => setValues((now) => ({ ...now, [name]: value }));
  return html`<form ref=${box} class="command" autocomplete="off" onSubmit=${submit} onKeyDown=${key}>
    <p><strong>/${command.name}</strong> <span class="quiet">${command.description}</span></p>
    <div class="options">${command.options.map((option) => html`<${Option} key=${option.name} option=${option} id=${`option-${place}-${option.name}`} value=${values[option.name] ?? { name: "", value: "" }}
      onValue=${(value) => set(option.name, value)} ask=${(typed) => act({ do: "complete", channel: here.id, name: command.name, focused: option.name, options: { ...sent(), [option.name]: typed } })} />`)}</div>
    <div class="row end"><button type="button" onClick=${onLeave}>${words.say("cancel")}</button><button class="primary">${words.say("composer.send")}</button></div>
  </form>`;
}

function Option({ option, id, value, onValue, ask }) {
  const words = useWords();
  const isNumber = option.type === INTEGER || option.type === NUMBER;
  const bounds = { min: option.min_value, max: option.max_value, maxlength: option.max_length, step: option.type === NUMBER ? "any" : undefined };
  const typed = (event) => onValue({ name: event.target.value, value: event.target.value });
  const needed = Boolean(option.required);
  const field = option.choices
    ? html`<select id=${id} name=${option.name} required=${needed} value=${value.value} onChange=${typed}><option value=""></option>${option.choices.map((it) => html`<option key=${it.value} value=${it.value}>${it.name}</option>`)}</select>`
    : option.autocomplete
      ? html`<${Completing} id=${id} name=${option.name} value=${value} onValue=${onValue} ask=${ask} required=${needed} />`
      : html`<input id=${id} name=${option.name} type=${isNumber ? "number" : "text"} ...${bounds} required=${needed} value=${value.name} onInput=${typed} />`;
  return html`<div class="option"><label for=${id}><strong>${option.label}</strong>${needed && html` <span class="quiet">(${words.say("needed")})</span>`} <span class="quiet">${option.description}</span></label>${field}</div>`;
}
