// A forum: its posts, newest first, and a form that begins one.
import { html, useState } from "./libraries/view.js";
import { Wrong, useWords } from "./words.js";

export function Forum({ shown: { seen, here, act, complain, go } }) {
  const words = useWords();
  const [wrong, setWrong] = useState(null);
  const posts = seen.channels.filter((it) => it.parent === here.id).reverse();
  const begin = async (event) => {
    event.preventDefault();
    const form = event.target;
    const begun = await act({ do: "begin_post", channel: here.id, title: form.elements.title.value, text: form.elements.text.value }, setWrong);
    if (!begun) return;
    form.reset();
    complain(null);
    go(begun.channel);
  };
  return html`<div class="forum">
    <form class="card" onSubmit=${begin}>
      <h2>${words.say("forum.new")}</h2>
      <label>${words.say("forum.title")} <input name="title" required maxlength="100" /></label>
      <label>${words.say("forum.message")} <textarea name="text" required maxlength="2000" rows="3"></textarea></label>
      <${Wrong} about=${wrong} />
      <button class="primary">${words.say("forum.post")}</button>
    </form>
    <ul class="posts">${posts.map((post) => html`<li key=${post.id}><button type="button" class="card" onClick=${() => go(post.id)}>💬 ${post.name}</button></li>`)}</ul>
    ${!posts.length && html`<p class="quiet">${words.say("forum.none")}</p>`}
  </div>`;
}
