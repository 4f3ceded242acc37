// A form that the bot opens covers the channel, as in Discord; closing it tells nobody but this page.
import { html, useLayoutEffect, useRef, useState } from "./libraries/view.js";
import { Wrong, useWords } from "./words.js";

export function Form({ shown: { seen, act } }) {
  const open = seen.items.filter((item) => item.form).at(-1);
  if (!open) return null;
  const dismiss = () => act({ do: "dismiss", interaction: open.id });
  return html`<${Dialog} key=${open.id} item=${open} act=${act} onDismiss=${dismiss} />`;
}

function Dialog({ item, act, onDismiss }) {
  const words = useWords();
  const [wrong, setWrong] = useState(null);
  const dialog = useRef(null);
  useLayoutEffect(() => {
    dialog.current.showModal();
    dialog.current.querySelector("input, textarea")?.focus();
  }, []);
  const submit = (event) => {
    event.preventDefault();
    const values = Object.fromEntries(item.form.fields.map((field) => [field.custom_id, event.target.elements[field.custom_id].value]));
    act({ do: "submit", interaction: item.id, values }, setWrong);
  };
  return html`<dialog ref=${dialog} aria-label=${item.form.title} onCancel=${(event) => { event.preventDefault(); onDismiss(); }}>
    <form onSubmit=${submit} autocomplete="off">
      <h2>${item.form.title}</h2>
      ${item.form.fields.map((field) => html`<label key=${field.custom_id}>
        <span>${field.label}${field.required && html`<span class="star" title=${words.say("needed")}> *</span>`}</span>
        ${field.description && html`<span class="quiet">${field.description}</span>`}
        <${Field} field=${field} /></label>`)}
      <${Wrong} about=${wrong} />
      <div class="row end"><button type="button" onClick=${onDismiss}>${words.say("cancel")}</button><button class="primary">${words.say("form.submit")}</button></div>
    </form>
  </dialog>`;
}

function Field({ field }) {
  const about = { name: field.custom_id, defaultValue: field.value, required: field.required, placeholder: field.placeholder, minlength: field.min_length || undefined, maxlength: field.max_length || undefined };
  return field.long ? html`<textarea ...${about} rows="6"></textarea>` : html`<input ...${about} />`;
}
