// The pages and who may open them.

import { createRouter, createWebHistory } from "vue-router";
import type { Role } from "./api/types";
import { hasRole, restore, session } from "./state/session";

declare module "vue-router" {
  interface RouteMeta {
    roles?: Role[];
    open?: boolean;
  }
}

const STAFF: Role[] = ["agent", "supervisor"];
const WATCHERS: Role[] = [...STAFF, "deputy_head"];

export const router = createRouter({
  history: createWebHistory("/desk/"),
  routes: [
    { path: "/", redirect: () => ({ name: home() }) },
    { path: "/login", name: "login", component: () => import("./pages/LoginPage.vue"), meta: { open: true } },
    { path: "/password", name: "password", component: () => import("./pages/PasswordPage.vue") },
    {
      path: "/inbox/:id(\\d+)?",
      name: "inbox",
      component: () => import("./pages/InboxPage.vue"),
      meta: { roles: STAFF },
    },
    { path: "/appeals", name: "appeals", component: () => import("./pages/AppealsPage.vue"), meta: { roles: WATCHERS } },
    { path: "/appeals/new", name: "file-appeal", component: () => import("./pages/FileAppealPage.vue"), meta: { roles: STAFF } },
    { path: "/alerts", name: "alerts", component: () => import("./pages/AlertsPage.vue"), meta: { roles: WATCHERS } },
    {
      path: "/appeals/:number",
      name: "appeal",
      component: () => import("./pages/AppealPage.vue"),
      meta: { roles: WATCHERS },
    },
    {
      path: "/overview",
      name: "overview",
      component: () => import("./pages/OverviewPage.vue"),
      meta: { roles: ["supervisor", "deputy_head"] },
    },
    { path: "/heat", name: "heat", component: () => import("./pages/HeatPage.vue"), meta: { roles: ["agent", "supervisor", "deputy_head", "editor"] } },
    { path: "/figures", name: "figures", component: () => import("./pages/FiguresPage.vue"), meta: { roles: ["agent", "supervisor", "deputy_head"] } },
    {
      path: "/library",
      name: "library",
      component: () => import("./pages/LibraryPage.vue"),
      meta: { roles: ["editor", "supervisor", "agent"] },
    },
    { path: "/new-entry", name: "new-entry", component: () => import("./pages/NewEntryPage.vue"), meta: { roles: ["editor"] } },
    {
      path: "/library/:id",
      name: "entry",
      component: () => import("./pages/EntryPage.vue"),
      meta: { roles: ["editor", "supervisor", "agent"] },
    },
    {
      path: "/documents",
      name: "documents",
      component: () => import("./pages/DocumentsPage.vue"),
      meta: { roles: ["editor", "supervisor", "agent"] },
    },
    {
      path: "/documents/:id",
      name: "document",
      component: () => import("./pages/DocumentPage.vue"),
      meta: { roles: ["editor", "supervisor", "agent"] },
    },
    {
      path: "/expiring",
      name: "expiring",
      component: () => import("./pages/ExpiringPage.vue"),
      meta: { roles: ["editor", "supervisor", "agent"] },
    },
    { path: "/import", name: "import", component: () => import("./pages/ImportPage.vue"), meta: { roles: ["editor"] } },
    { path: "/notices", name: "notices", component: () => import("./pages/NoticesPage.vue"), meta: { roles: ["editor"] } },
    { path: "/notices/:id(\\d+)", name: "notice", component: () => import("./pages/NoticePage.vue"), meta: { roles: ["editor"] } },
    { path: "/releases", name: "releases", component: () => import("./pages/ReleasesPage.vue"), meta: { roles: ["editor", "supervisor"] } },
    { path: "/releases/:id(\\d+)", name: "release", component: () => import("./pages/ReleasePage.vue"), meta: { roles: ["editor", "supervisor"] } },
    { path: "/learning", name: "learning", component: () => import("./pages/LearningPage.vue"), meta: { roles: ["editor"] } },
    { path: "/learning/:id(\\d+)", name: "group", component: () => import("./pages/GroupPage.vue"), meta: { roles: ["editor"] } },
    { path: "/terms", name: "terms", component: () => import("./pages/TermsPage.vue"), meta: { roles: ["editor"] } },
    {
      path: "/wrong-answers",
      name: "wrong",
      component: () => import("./pages/WrongAnswersPage.vue"),
      meta: { roles: ["editor", "supervisor"] },
    },
    {
      path: "/calendar/:year(20\\d\\d)?",
      name: "calendar",
      component: () => import("./pages/CalendarPage.vue"),
    },
    {
      path: "/calendar/:year(20\\d\\d)/import",
      name: "calendar-import",
      component: () => import("./pages/CalendarImportPage.vue"),
      meta: { roles: ["editor", "supervisor"] },
    },
    { path: "/models", name: "models", component: () => import("./pages/ModelsPage.vue"), meta: { roles: ["admin"] } },
    { path: "/staff", name: "staff", component: () => import("./pages/StaffPage.vue"), meta: { roles: ["admin"] } },
    { path: "/:rest(.*)", redirect: "/" },
  ],
});

/** The page a person starts with. */
export function home(): string {
  if (!session.me) return "login";
  if (hasRole("supervisor", "deputy_head")) return "overview";
  if (hasRole("agent")) return "inbox";
  return hasRole("editor") ? "library" : "staff";
}

router.beforeEach(async (to) => {
  await restore();
  if (!session.me) return to.meta.open ? true : { name: "login", query: { next: to.fullPath } };
  if (session.me.must_change && to.name !== "password") return { name: "password" };
  if (to.name === "login") return { name: home() };
  if (to.meta.roles && !hasRole(...to.meta.roles)) return { name: home() };
  return true;
});
