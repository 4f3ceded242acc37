// Dark or light: what the system says, until somebody chooses.
import { html, useEffect, useState } from "./libraries/view.js";

const KEY = "theme";
const system = matchMedia("(prefers-color-scheme: light)");
const chosen = () => localStorage.getItem(KEY) ?? (system.matches ? "light" : "dark");

export function Theme() {
  const [theme, setTheme] = useState(chosen);
  useEffect(() => { document.documentElement.dataset.theme = theme; }, [theme]);
  useEffect(() => {
    const follow = () => setTheme(chosen());
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
  const other = theme === "dark" ? "light" : "dark";
  const choose = () => { localStorage.setItem(KEY, other); setTheme(other); };
  return html`<button type="button" aria-label=${`Use the ${other} theme`} title=${`Use the ${other} theme`} onClick=${choose}>${theme === "dark" ? "☀️" : "🌙"}</button>`;
}
