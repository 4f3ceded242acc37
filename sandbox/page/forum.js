// A forum: its posts, newest first, and a form that begins one.
import { html, useState } from "./libraries/view.js";

export function Forum({ shown: { seen, here, act, complain }, onGo }) {
  const [wrong, setWrong] = useState("");
  const posts = seen.channels.filter((it) => it.parent === here.id).reverse();
  const begin = async (event) => {
    event.preventDefault();
    const form = event.target;
    const begun = await act({ do: "begin_post", channel: here.id, title: form.elements.title.value, text: form.elements.text.value }, setWrong);
    if (!begun) return;
    form.reset();
    complain("");
    onGo(begun.channel);
  };
  return html`<div class="forum">
    <form class="card" onSubmit=${begin}>
      <h2>New post</h2>
      <label>Title <input name="title" required maxlength="100" /></label>
      <label>Message <textarea name="text" required maxlength="2000" rows="3"></textarea></label>
      ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <button class="primary">Post</button>
    </form>
    <ul class="posts">${posts.map((post) => html`<li key=${post.id}><button type="button" class="card" onClick=${() => onGo(post.id)}>💬 ${post.name}</button></li>`)}</ul>
    ${!posts.length && html`<p class="quiet">There are no posts yet.</p>`}
  </div>`;
}
