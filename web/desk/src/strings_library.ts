// What stands on the pages of the library's entries (条目用语); read as `t.library` and `t.entry`.

export const library = {
  title: "知识库",
  search: "搜问题、条目编号",
  state: "状态",
  topic: "主题",
  mine: "待我审核",
  columns: {
    question: "标准问题",
    topics: "主题",
    state: "状态",
    checked: "核对日期",
    changed: "最近修改",
  },
  empty: "知识库里还没有条目。",
  noMatch: "没有相符的条目，换个条件试试。",
  noneMine: "没有等您审核的条目。",
  openClaims: (n: number) => `${n} 条未定`,
  never: "—",
  planned: (at: string) => `定于 ${at} 发布`,
  missed: "没有按时发布",
  expires: (day: string) => `${day}起停答`,
  add: "新建",
  bring: "导入",
  take: "导出",
  published: "已发布的内容",
  latest: "最新内容（含草稿）",
  formats: { xlsx: "Excel（xlsx）", csv: "CSV（zip）", yaml: "YAML（zip）" },
  template: "导入模板（xlsx）",
  taking: "正在准备文件，请稍候。",
};

export const newEntry = {
  title: "新建条目",
  lead: "照着样子改：编号用小写字母、数字和短横线，存下后不能再改。数值写参数编号，不直接写数字。",
  create: "存为草稿",
  cancel: "不建了",
  created: "已存为草稿。写好后送审，两位同事同意才能发布。",
  refused: "有错误，没有保存。请按校验结果修改，写的内容还在。",
  findingsFirst: "存的时候会校验，有问题会列在这里。",
  skeleton: (today: string) => `id: topic-short-name
question: 写一个纳税人会问的完整问题？
similar:
  - 换一种问法一
  - 换一种问法二
  - 换一种问法三
  - 换一种问法四
  - 换一种问法五
  - 换一种问法六
topics: [vat]
short_answers:
  - text: 第一句就给结论。
    from: 2026-01-01
    to: null
    claims: [main-point]
claims:
  - id: main-point
    text: 一条结论，只说一件事。
    from: 2026-01-01
    to: null
    certainty: unverified
checked_on: ${today}
`,
};

export const entry = {
  tabs: { content: "内容", text: "成文", versions: "版本", review: "审核" },
  pages: "条目的各部分",
  version: (n: number) => `第 ${n} 版`,
  answered: "正在用来回答",
  notAnswered: "不用来回答",
  // 内容
  yaml: "条目内容（YAML）",
  save: "保存草稿",
  saved: (v: number) => `已保存为第 ${v} 版草稿。`,
  unsaved: "有未保存的修改",
  restored: "已恢复本机上未保存的修改。",
  notSaved: "有错误，没有保存。请按校验结果修改，写的内容还在。",
  discard: "放弃修改",
  discardAsk: "放弃本机上未保存的修改？",
  readOnly: "您没有编辑权限，只能查看。",
  retired: "已停用，只能查看。",
  findings: "校验结果",
  findingsOf: (v: number) => `第 ${v} 版`,
  findingsRefused: "刚才没有存下的内容",
  noFindings: "没有发现问题。",
  line: (n: number) => `第 ${n} 行`,
  levels: { error: "错误", warning: "提醒" } as Record<string, string>,
  // 别人先改了
  overtakenTitle: "这条刚被别人改过",
  overtaken: (who: string, at: string, version: number) => `${who}在 ${at} 存了第 ${version} 版。您写的还在，没有保存。`,
  compare: "和我写的有什么不同",
  theirsToMine: "从新版到我写的",
  takeTheirs: "看新版（我的先放一边）",
  keepMine: "接着改我的",
  keepMineHint: "接着改再保存，会成为新版之后的一版。",
  aside: "您先前写的还在。",
  takeBack: "取回我写的",
  noDifference: "内容相同。",
  skipped: (n: number) => `⋯ ${n} 行相同`,
  // 成文
  shownVersion: "看哪一版",
  period: "所属期",
  periods: ["2026年三季度", "2026年四季度", "2025年四季度", "2026年", "2025年"],
  whole: "成文全文",
  wholeHint: "审核人同意的就是这份：所有结论、期间、条件和依据。",
  preview: "纳税人看到的",
  previewHint: "按所选的所属期回答。",
  // 版本
  versions: "全部版本",
  savedBy: (name: string, at: string) => `${at} ${name}保存`,
  publishedBy: (name: string, at: string) => `${at} ${name}发布`,
  returnedBy: (name: string, at: string) => `${at} ${name}退回`,
  rollsBack: (v: number) => `恢复第 ${v} 版的内容`,
  withBefore: "和前一版比",
  withLive: "和在用的比",
  bringBack: "恢复这一版",
  read: "看成文",
  from: "从",
  to: "到",
  difference: "差别",
  same: "两版内容相同。",
  chooseTwo: "选两个不同的版本。",
  onlyOne: "只有一个版本，还没有可比的。",
  substanceCount: (n: number) => `${n} 处会影响答复`,
  formCount: (n: number) => `${n} 处不影响答复`,
  substance: "影响答复",
  noSubstance: "不影响答复",
  kinds: { added: "新增", removed: "删去", changed: "修改" },
  place: (n: string) => `第 ${n} 条`,
  // 审核
  reviewText: "待审核的成文",
  reviewHint: "同意的是这份文字。数值、文件或内容变了，同意就不再算数。",
  reviewChanges: (live: number, version: number) => `改动（第 ${live} 版 → 第 ${version} 版）`,
  reviewFirst: "这是第一次审核，没有在用的版本可比。",
  submitted: (version: number, who: string, at: string) => `第 ${version} 版，${who}${at ? ` ${at}` : ""}送审`,
  writers: (names: string) => `编写：${names}`,
  note: "给审核人的话",
  missing: (missing: number, needed: number) => `要 ${needed} 人同意，还差 ${missing} 人`,
  approvedByAll: (needed: number) => `${needed} 位同事已同意，可以发布`,
  waiting: "等一位同事",
  mayApprove: (names: string) => `可以审核：${names}`,
  nobodyMay: "没有别的同事可以审核。请管理员增加编辑或班长账号。",
  agreed: "同意",
  void: "不再算数",
  whatChanged: "那时读到的和现在的差别",
  reviewFaults: "有错误，改好之前不能发布",
  reviewWarnings: "提醒",
  notInReview: "现在没有在审核的版本。",
  draftWaits: (v: number) => `第 ${v} 版还没有送审。`,
  lastReturned: (v: number, who: string, at: string) => `第 ${v} 版被退回（${who}，${at}）`,
  reviewTab: (missing: number) => `审核（还差 ${missing}）`,
  goReview: "去审核",
  // 操作
  moves: "全部操作",
  movesOpen: "现在可以做",
  movesClosed: "现在不能做",
  saveFirst: "先保存或放弃修改，再送审。",
  asks: {
    submit: "送审后由两位同事看成文。写这一版的人不能审自己的。",
    withdraw: "撤回后回到草稿，已有的同意作废。",
    return: "退回后回到草稿，编写人看得到理由。",
    approve: "您同意的是第 {version} 版的成文。数值或文件变了，这次同意就不再算数。",
    publish: "先用固定的一套题检验，大约要半分钟；不变差就发布，问到这条的纳税人两秒内会看到新内容。定了时间的，到点自动检验、发布。",
    cancel_schedule: "取消后不会自动发布，同意仍然有效。",
    suspend: "马上不再用它回答，已定的发布也一并取消。以后可以恢复同一版。",
    resume: "恢复用停答前的同一版回答。",
    expire: "从这一天的零点起不再用它回答。",
    cancel_expiry: "取消后一直用它回答。",
    retire: "停用后不能再用，也不能再改，只能查看。",
    roll_back: "把以前发布过的一版再拿来用。成文和当时一样的马上生效；不一样的先进入审核。",
  } as Record<string, string>,
  reason: "理由",
  reasonHint: "写明原因，同事看得到。",
  when: "什么时候发布",
  now: "现在",
  later: "定时",
  publishAt: "发布时间（北京时间）",
  expiresOn: "从哪天起停答",
  rollBackTo: "恢复哪一版",
  chooseVersion: "选一个版本",
  rollBackOption: (v: number, at: string) => `第 ${v} 版（${at} 发布）`,
  rollBackChanges: "恢复后的变化",
  did: (label: string) => `已${label}。`,
  brokenMove: "没有办成",
  lookAgain: "看最新情况",
  changedBy: (who: string, at: string) => `${who}在 ${at} 改过这条。`,
  plannedDone: (at: string) => `已定于 ${at} 发布。`,
  rolledBackLive: (v: number) => `已恢复，马上生效（第 ${v} 版）。`,
  rolledBackReview: (v: number) => `成文和当时不同，第 ${v} 版已进入审核。`,
  // 情况
  facts: "条目的情况",
  moved: (by: string, at: string, label: string) => `${by}${at ? ` ${at} ` : ""}${label}`,
  planned: (at: string, version: number, by: string) => `第 ${version} 版定于 ${at} 发布（${by}）`,
  missed: (reason: string) => `没有按时发布：${reason}`,
  expires: (day: string) => `${day}起不再用来回答`,
  corrections: (told: number, waiting: number) => `改正：已告知 ${told} 次，待告知 ${waiting} 次`,
  correctionsHint: "以前的答复和现在不同的，对方下次来咨询时告知。",
};
