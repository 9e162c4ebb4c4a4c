/** Three pages, so the address bar itself is the router. */

import { computed, ref } from "vue";

const path = ref(location.pathname);
addEventListener("popstate", () => (path.value = location.pathname));

export const page = computed<"chat" | "appeal" | "answer">(() => {
  if (path.value.startsWith("/appeal")) return "appeal";
  return path.value.startsWith("/answer/") ? "answer" : "chat";
});

export function goTo(address: string): void {
  history.pushState(null, "", address);
  path.value = location.pathname;
  scrollTo(0, 0);
}
