"""Windows: stretches of dates as a plan writes them, and the spans of time that they come to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from campaignflow.plan.moments import Found, Moment, Named, OnCalendar, Pending, Stretch, TimeContext
from campaignflow.plan.timemath import add, day_bounds_us, day_start, from_us, local_day, shift_date
from campaignflow.plan.values import BadValue, Duration

__all__ = ["Span", "Window"]


@frozen
class Span:
    """A stretch of time, half-open: the start belongs to it, the end does not.

    Attributes:
        start: the first instant, or None where it is open.
        end: the first instant after it, or None where it is open.
        holes: stretches inside it that do not belong to it (`W except V`): sorted, apart, each closed on both sides.
    """

    start: datetime | None = None
    end: datetime | None = None
    holes: tuple[Span, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Does it end before, or as, it starts?"""
        return self.start is not None and self.end is not None and self.end <= self.start

    def contains(self, when: datetime) -> bool:
        """Does an instant lie in it, and in no hole?"""
        inside = (self.start is None or self.start <= when) and (self.end is None or when < self.end)
        return inside and not any(hole.contains(when) for hole in self.holes)

    def touches(self, start: datetime, end: datetime) -> bool:
        """Does it have an instant in common with `[start, end)`, holes aside?"""
        return (self.end is None or start < self.end) and (self.start is None or self.start < end)

    def clip(self, other: Span) -> Span:
        """What lies in both."""
        start = max(filter(None, (self.start, other.start)), default=None)
        end = min(filter(None, (self.end, other.end)), default=None)
        return Span(start, end).minus((*self.holes, *other.holes))

    def minus(self, holes: Iterable[Span]) -> Span:
        """This span without others: a hole at its edge moves the edge, one inside stays a hole."""
        start, end = self.start, self.end
        inside: list[Span] = []
        for hole in sorted((*self.holes, *holes), key=lambda hole: (hole.start is not None, hole.start or 0)):
            if hole.is_empty or not self._meets(hole):
                continue
            if hole.start is None or (start is not None and hole.start <= start):
                if hole.end is None:
                    return Span(end or start, end or start)
                start = hole.end if start is None else max(start, hole.end)
            elif inside and inside[-1].end is not None and hole.start <= inside[-1].end:
                inside[-1] = Span(inside[-1].start, None if hole.end is None else max(inside[-1].end, hole.end))
            elif not inside or inside[-1].end is not None:
                inside.append(Span(hole.start, hole.end))
        if inside and (inside[-1].end is None or (end is not None and inside[-1].end >= end)):
            end = inside.pop().start
        return Span(start, end, tuple(hole for hole in inside if start is None or _ends_after(hole, start)))

    def _meets(self, other: Span) -> bool:
        before = self.end is not None and other.start is not None and other.start >= self.end
        after = self.start is not None and other.end is not None and other.end <= self.start
        return not (before or after)

    def parts(self) -> tuple[Span, ...]:
        """The stretches between the holes, in order."""
        edges = [self.start, *(edge for hole in self.holes for edge in (hole.start, hole.end)), self.end]
        return tuple(Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))


def _ends_after(hole: Span, start: datetime) -> bool:
    return hole.end is None or hole.end > start


def _check_length(window: Window, attribute: object, length: Duration | None) -> None:
    if length is not None and (window.start is None or window.end is not None or length.count <= 0):
        raise BadValue("a length needs a start and no end, and is more than nothing", "A/+30d", code="CF301")
    if length is None and window.start is None and window.end is None:
        raise BadValue("a window needs a start or an end", "A/B, A/ or /B", code="CF301")


@frozen
class Window:
    """A window as written; `str()` is its canonical text.

    Attributes:
        start: from its beginning on; None where it is open.
        end: through its end (of the day, month, …); None where it is open.
        length: in place of an end: how long, the first day included.
        but: windows that are taken out of it (`W except V`).
    """

    start: Moment | None = None
    end: Moment | None = None
    length: Duration | None = field(default=None, validator=_check_length)
    but: tuple[Window, ...] = ()

    @classmethod
    def of(cls, moment: Moment) -> Window:
        """All of a day, month, ten-day period or year; of a named date all that it names.

        Raises:
            BadValue: (CF301) an instant, which lasts no time.
        """
        if moment.is_instant:
            hint = f"{moment}/ (from then on) or /{moment} (until then)"
            raise BadValue(f"{moment} is a moment, not a window", hint, code="CF301")
        if isinstance(moment.base, Named) and not moment.base.end and not moment.offsets:
            first, last = _named(moment.base.name)
            return cls(Moment(first), Moment(last))
        return cls(moment, moment)

    def needs(self) -> frozenset[str]:
        """What has to be known before it can be resolved, as far as its own words show it."""
        parts: list[Moment | Window] = [part for part in (self.start, self.end) if part is not None]
        return frozenset(need for part in [*parts, *self.but] for need in part.needs())

    def resolve(self, ctx: TimeContext) -> Span | Pending:
        """The span of time; one that ends before it starts is returned as it is (`is_empty`).

        Returns:
            The span, with fixed offsets of the plan's zone; or what is missing.

        Raises:
            BadValue: (CF301) a day that its year does not have.
        """
        span = self._whole(ctx)
        if isinstance(span, Pending):
            return span
        holes = [window.resolve(ctx.enclosed_by(span)) for window in self.but]
        pending = [hole for hole in holes if isinstance(hole, Pending)]
        if pending:
            return _both(*pending)
        return span.minus(hole for hole in holes if isinstance(hole, Span)) if holes else span

    def _whole(self, ctx: TimeContext) -> Span | Pending:
        name = self._whole_name()
        if name is not None and name in ctx.dates:
            known = ctx.named(name)
            return Pending(frozenset({name})) if known is None else known[1]
        first, last = self.ends(ctx)
        if isinstance(first, Pending) or isinstance(last, Pending):
            return _both(first, last)
        return Span(_beginning(first, ctx.zone), _ending(last, ctx.zone))

    def ends(self, ctx: TimeContext) -> tuple[Found | None, Found | None]:
        """Its first and last days, or instants; None where it is open."""
        name = self._whole_name()
        if name is not None and name in ctx.dates:
            known = ctx.named(name)
            return _unknown(name) if known is None else known[0]
        first = None if self.start is None else self.start.find(ctx)
        if self.length is not None and first is not None:
            return first, first if isinstance(first, Pending) else _after(first, self.length, ctx)
        return first, None if self.end is None else self.end.find(self._context_of_end(first, ctx))

    def _context_of_end(self, first: Found | None, ctx: TimeContext) -> TimeContext:
        """An end without a year follows its start: `2026年11月22日至12月31日`, `11月15日—次年3月15日`."""
        start, end = (None if moment is None else moment.base for moment in (self.start, self.end))
        if not (
            isinstance(start, OnCalendar) and isinstance(end, OnCalendar) and isinstance(first, Stretch | datetime)
        ):
            return ctx
        follows = end.year == "next" and start.year != "next"
        if follows or (end.year is None and start.year is not None):
            day = first.first if isinstance(first, Stretch) else first.date()
            return evolve(ctx, year=day.year, within=None)
        return ctx

    def __str__(self) -> str:
        return " except ".join([self._plain(), *(window._plain() for window in self.but)])

    def _plain(self) -> str:
        if self.start is not None and self.start == self.end and self._stands_alone(self.start):
            return str(self.start)
        if self._whole_name():
            return str(self.start)
        end = f"+{self.length}" if self.length is not None else self.end or ""
        return f"{self.start or ''}/{end}"

    def _stands_alone(self, moment: Moment) -> bool:
        last_of_month = isinstance(moment.base, OnCalendar) and moment.base.day == 0 and not moment.offsets
        bare_name = isinstance(moment.base, Named) and not moment.base.end and not moment.offsets
        return not (moment.is_instant or last_of_month or bare_name or "/" in str(moment))

    def _whole_name(self) -> str | None:
        """The name, if it is all of a named date: whatever that is, open ends and holes included."""
        if self.start is None or self.end is None or self.start.offsets or self.end.offsets:
            return None
        first, last = self.start.base, self.end.base
        return first.name if isinstance(first, Named) and (first, last) == _named(first.name) else None


def _named(name: str) -> tuple[Named, Named]:
    return Named(name), Named(name, end=True)


def _unknown(name: str) -> tuple[Pending, Pending]:
    return Pending(frozenset({name})), Pending(frozenset({name}))


def _both(*found: Found | None) -> Pending:
    return Pending(frozenset(need for each in found if isinstance(each, Pending) for need in each.needs))


def _beginning(found: Stretch | datetime | None, zone: ZoneInfo) -> datetime | None:
    return day_start(found.first, zone) if isinstance(found, Stretch) else found


def _ending(found: Stretch | datetime | None, zone: ZoneInfo) -> datetime | None:
    return from_us(day_bounds_us(found.last, zone)[1], zone) if isinstance(found, Stretch) else found


def _after(first: Stretch | datetime, length: Duration, ctx: TimeContext) -> Stretch | datetime:
    """The end of a window so long: the last day (the first counts), or an instant where the length is of hours."""
    if length.unit in ("h", "min"):
        start = day_start(first.first, ctx.zone) if isinstance(first, Stretch) else first
        return add(start, length, ctx.calendar, ctx.zone)
    day: date = first.first if isinstance(first, Stretch) else local_day(first, ctx.zone)
    if length.unit == "d":
        end = add(day_start(day, ctx.zone), length, ctx.calendar, ctx.zone)
        last = local_day(end - timedelta(microseconds=1), ctx.zone)
        return Stretch(last, last) if end == day_start(last + timedelta(days=1), ctx.zone) else end
    last = shift_date(day, length, ctx.calendar) - timedelta(days=1)
    return Stretch(last, last)
