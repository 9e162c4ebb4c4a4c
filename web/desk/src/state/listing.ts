// A list with filters, a search and pages: kept in the address, read again when something changes.

import { computed, reactive, ref, watch, type ComputedRef, type Ref } from "vue";
import { useRoute, useRouter } from "vue-router";
import { onChange, type Change } from "./live";
import { settle, useLoad, type Load } from "./load";

type Filters = Record<string, string>;
export type Asked<Names extends Filters> = Names & { search: string; page: number };

/** What stands in the address: only what differs from the list as it is at first. */
export function toAddress<Names extends Filters>(first: Names, asked: Asked<Names>): Record<string, string> {
  const kept = Object.entries(asked).filter(([name, value]) =>
    name === "page" ? Number(value) > 1 : value !== (first[name] ?? ""),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]).sort());
}

/** What an address asks for; what it leaves out or says wrongly is as at first. */
export function fromAddress<Names extends Filters>(first: Names, query: Record<string, unknown>): Asked<Names> {
  const said = (name: string) => (typeof query[name] === "string" ? (query[name] as string) : undefined);
  const filters = Object.keys(first).map((name) => [name, said(name) ?? first[name]]);
  const page = Number(said("page"));
  return {
    ...Object.fromEntries(filters),
    search: said("search")?.trim() ?? "",
    page: Number.isInteger(page) && page > 0 ? page : 1,
  } as Asked<Names>;
}

export interface Listing<Data, Names extends Filters> extends Load<Data> {
  filters: Names;
  /** What is typed; it is searched for once the typing pauses. */
  search: Ref<string>;
  page: Ref<number>;
  /** Whether a search or a filter leaves something out. */
  narrowed: ComputedRef<boolean>;
}

interface Options<Data, Names extends Filters> {
  /** The filters as they are at first. */
  filters: Names;
  fetch: (asked: Asked<Names>) => Promise<Data>;
  /** Which changes of the service concern the list. */
  kinds: Change["kind"][];
}

/** A list of the page it is used in; `fetch` is asked again whenever something changes. */
export function useListing<Data extends { rows: unknown[] }, Names extends Filters>(
  options: Options<Data, Names>,
): Listing<Data, Names> {
  const route = useRoute();
  const router = useRouter();
  const place = route.name;
  const first = options.filters;
  const filters = reactive({ ...first }) as Names;
  const search = ref("");
  const sought = ref("");
  const page = ref(1);
  const asked = (): Asked<Names> => ({ ...filters, search: sought.value, page: page.value });
  const key = (what: Asked<Names>) => JSON.stringify(toAddress(first, what));
  const load = useLoad(() => options.fetch(asked()));
  const narrowed = computed(() => key({ ...asked(), page: 1 }) !== "{}");

  function take(said: Asked<Names>): void {
    const { search: words, page: number, ...names } = said;
    Object.assign(filters, names);
    search.value = sought.value = words;
    page.value = number;
  }

  take(fromAddress(first, route.query));
  load.read();
  // Another filter or search begins at its first page, before anything is asked.
  watch([filters, sought], () => (page.value = 1), { flush: "sync" });
  watch(() => key(asked()), () => {
    if (key(fromAddress(first, route.query)) !== key(asked())) router.replace({ query: toAddress(first, asked()) });
    load.read();
  });
  // A link may lead to the same page with other filters.
  watch(() => route.query, (query) => {
    const said = fromAddress(first, query);
    if (route.name === place && key(said) !== key(asked())) take(said);
  });
  watch(search, settle(() => (sought.value = search.value.trim())));
  // The page asked for may be gone by now.
  watch(load.data, (found) => {
    if (found && !found.rows.length && page.value > 1) page.value = 1;
  });
  const freshen = settle(() => load.read(true));
  onChange((change) => {
    if (options.kinds.includes(change.kind)) freshen();
  });
  return { ...load, filters, search, page, narrowed };
}
