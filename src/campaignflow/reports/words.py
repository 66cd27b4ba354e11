"""The report's own words, in English and Chinese; everything else on the page comes from the plan and the campaign."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["MONTHS", "labels", "state_word"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Short names of the months: never the locale's, so that the same campaign gives the same page everywhere."""

_WORDS: dict[str, tuple[str, str]] = {
    "report": ("Campaign report", "专项行动报告"),
    "campaign": ("Campaign", "编号"), "state": ("State", "状态"), "round": ("Round", "轮次"), "as_of": ("As of", "截至"),
    "started": ("Started", "开始"), "accepted": ("Accepted", "验收"), "zone": ("Time zone", "时区"),
    "calendar": ("Calendar", "日历"), "plan": ("Plan", "方案"), "plan_hash": ("Plan hash (SHA-256)", "方案哈希 (SHA-256)"),
    "events": ("Events in the log", "日志事件数"), "root": ("Merkle root of the log", "日志 Merkle 根"),
    "virtual": ("virtual clock: played, not lived", "虚拟时钟：推演而非实际发生"),
    "today": ("now", "当前"), "overview": ("Overview", "概况"), "attention": ("Overdue now", "当前逾期"),
    "timeline": ("Timeline", "进度图"), "phases": ("Phases", "阶段"), "tasks": ("Tasks", "任务"),
    "findings": ("Findings", "问题整改"), "citations": ("Citations", "表扬与通报"), "indicators": ("Indicators", "指标"),
    "scores": ("Scores and their working", "评分及计算过程"), "resources": ("Resources", "资源"),
    "dossier": ("Dossier", "档案"), "notifications": ("Notifications", "通知"), "forecast": ("Forecast", "预测"),
    "registers": ("Registers of the plan", "方案登记簿"), "whole": ("Throughout the campaign", "全程"),
    "phase": ("Phase", "阶段"), "planned": ("Planned", "计划"), "entered": ("Entered", "进入"), "left": ("Left", "结束"),
    "outcome": ("Outcome", "结果"), "passed": ("passed", "通过"), "failed": ("not passed", "未通过"),
    "sent_back": ("sent back to {to}", "退回至{to}"), "active": ("active", "进行中"), "not_yet": ("not yet", "尚未"),
    "task": ("Task", "任务"), "owner": ("Owner", "责任单位"), "due": ("Due", "期限"), "handed_in": ("Handed in", "提交"),
    "verified": ("Verified", "核实"), "late": ("Late", "逾期"), "late_tag": ("late", "逾期"), "overdue": ("overdue", "已逾期"),
    "days": ("{n} d", "{n} 天"), "key": ("key", "重点"), "optional": ("optional", "可选"),
    "returned_n": ("returned {n}×", "退回 {n} 次"), "redone_n": ("redone {n}×", "返工 {n} 次"),
    "blocked_n": ("blocked {n}×", "受阻 {n} 次"),
    "unit": ("Unit", "单位"), "problem": ("Problem", "问题"), "opened": ("Opened", "发现"), "corrected": ("Corrected", "整改"),
    "closed": ("Closed", "销号"), "nth": ("Time", "次数"), "number": ("No.", "编号"), "kind": ("Kind", "类别"),
    "text": ("Text", "内容"), "issued": ("Issued", "发出"), "reply": ("Reply", "回复"), "reply_due": ("reply due", "回复期限"),
    "public": ("public", "公开"), "inspections": ("{n} inspections: {passed} passed, {failed} with findings.",
                                                "共检查 {n} 次：合格 {passed} 次，发现问题 {failed} 次。"),
    "indicator": ("Indicator", "指标"), "value": ("Value", "数值"), "interval": ("95 % interval", "95% 置信区间"),
    "target": ("Target", "目标"), "met": ("met", "达标"), "unmet": ("missed", "未达标"), "unknown": ("unknown", "未知"),
    "measured": ("Measured", "测评时间"), "of_n": ("{k} of {n}", "{k}/{n}"), "computed": ("computed", "计算得出"),
    "item": ("Item", "项目"), "base": ("Base", "基础分"), "steps": ("Changes", "调整"), "score": ("Score", "得分"),
    "weight": ("Weight", "权重"), "contribution": ("Contribution", "贡献"), "why": ("Why", "说明"),
    "grade": ("Grade", "等级"), "rank": ("rank {rank} of {ranked}", "第 {rank} 名（共 {ranked}）"),
    "not_taken": ("not taken yet; as things stand", "尚未评定；按当前情况"), "waits": ("waits for", "等待"),
    "earlier": ("earlier", "此前"), "used": ("Used", "已用"), "received": ("Received", "已到位"), "resource": ("Resource", "资源"),
    "document": ("Document", "文件"), "for": ("For", "用于"), "by": ("By", "提交人"), "filed": ("Filed", "归档"),
    "content": ("SHA-256 of the content", "内容 SHA-256"), "not_held": ("content not held", "未存内容"),
    "message": ("Message", "通知"), "sent": ("Sent", "条数"), "recipients": ("Recipients", "收件人次"),
    "p_on_time": ("Chance of being on time", "按期完成概率"), "finish": ("Accepted by", "验收日期"),
    "p50": ("1 in 2 timelines", "五成可能"), "p80": ("4 in 5 timelines", "八成可能"), "p95": ("19 in 20 timelines", "九成五可能"),
    "never": ("not within the horizon", "超出推演期限"), "critical": ("What decides the finish", "决定完成时间的任务"),
    "criticality": ("Share of timelines", "占比"), "median_start": ("Starts (median)", "开始（中位）"),
    "median_finish": ("Ends (median)", "结束（中位）"), "assumed": ("Assumed", "假设"),
    "runs": ("{n} simulated timelines, seed {seed}; {rounds} rounds on average.", "模拟 {n} 次，种子 {seed}；平均 {rounds} 轮。"),
    "on_time_of": ("{k} of {n} timelines; 95 % interval {low} to {high}", "{n} 次中 {k} 次；95% 区间 {low} 至 {high}"),
    "low": ("5 % below", "5% 分位"), "median": ("Median", "中位数"), "high": ("5 % above", "95% 分位"),
    "since": ("Since", "起始"), "created": ("Created", "创建"), "course": ("Course", "经过"), "more": ("… and {n} more", "……另有 {n} 项"),
    "done_of": ("{done} of {total} ended", "{total} 项中已结束 {done} 项"), "open_n": ("{n} open", "未结 {n} 项"),
    "late_n": ("{n} late", "逾期 {n} 项"), "overdue_n": ("{n} overdue", "逾期未完成 {n} 项"),
    "targets_met": ("of {n} targets", "共 {n} 项目标"), "documents": ("Documents", "文件"),
    "with_content": ("{n} with content held", "{n} 份存有内容"), "elapsed": ("Days", "天数"), "from_to": ("{a} to {b}", "{a} 至 {b}"),
    "none": ("None.", "无。"), "window": ("planned window", "计划时段"), "working": ("at work", "进行中"),
    "waiting": ("ready to start", "可开始"), "checking": ("being verified", "待核实"), "halted": ("returned or blocked", "退回或受阻"),
    "done": ("ended", "结束"), "fail": ("gate not passed", "未通过"), "made_of": (
        "Made from the campaign's own log. Whoever holds the log can check it against the root above.",
        "本页由专项行动日志生成；持有日志者可据上述 Merkle 根核验。"),
    "gantt_title": ("Planned windows against what happened", "计划时段与实际进展"),
    "gantt_desc": ("One row for each phase and task: light bars are planned windows, solid bars what happened. "
                   "The tables below say the same in words.", "每行一个阶段或任务：浅色为计划，深色为实际。下方表格含同样内容。"),
    "happened": ("Progress", "实际"), "acceptance_line": ("accepted", "验收"), "deadline": ("due {when}", "期限 {when}"),
    "round_n": ("round {n}", "第 {n} 轮"),
}  # fmt: skip

_STATES: dict[str, tuple[str, str]] = {
    "planned": ("planned", "计划中"), "running": ("running", "进行中"), "suspended": ("suspended", "暂停"),
    "not_accepted": ("not accepted", "未通过验收"), "aborted": ("aborted", "终止"), "accepted": ("accepted", "已验收"),
    "ready": ("ready", "可开始"), "in_progress": ("at work", "进行中"), "submitted": ("handed in", "已提交"),
    "verified": ("verified", "已核实"), "returned": ("returned", "已退回"), "blocked": ("blocked", "受阻"),
    "waived": ("waived", "免除"), "cancelled": ("cancelled", "取消"), "carried": ("carried over", "结转"),
    "open": ("open", "待整改"), "correcting": ("correcting", "整改中"), "corrected": ("corrected", "已整改"),
    "closed": ("closed", "已销号"), "issued": ("issued", "已发出"), "replied": ("replied", "已回复"),
    "withdrawn": ("withdrawn", "已撤回"), "praise": ("praise", "表扬"), "criticism": ("criticism", "通报批评"),
    "accountability": ("accountability", "问责"), "scored": ("scored", "已评分"), "missing": ("missing", "缺失"),
    "pending": ("pending", "待定"), "not-applicable": ("not applicable", "不适用"), "left-out": ("left out", "不计"),
    "zero": ("zero", "记零分"),
}  # fmt: skip


def labels(language: str) -> Mapping[str, str]:
    """The report's words in a language: Chinese for `zh` and its variants, English for all others.

    >>> labels("zh-CN")["tasks"], labels("fr")["tasks"]
    ('任务', 'Tasks')
    """
    return MappingProxyType({key: pair[_place(language)] for key, pair in _WORDS.items()})


def state_word(state: str, language: str) -> str:
    """A state of the built-in registers in words; a plan's own state stays as the plan wrote it.

    >>> state_word("in_progress", "en"), state_word("honoured", "zh")
    ('at work', 'honoured')
    """
    pair = _STATES.get(state)
    return state.replace("_", " ") if pair is None else pair[_place(language)]


def _place(language: str) -> int:
    return int(language.partition("-")[0] == "zh")
