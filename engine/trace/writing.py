"""Writer: the batch that is being written, with its tables; it says when it is to be sent."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, Any

from engine.tensors import Tensor
from engine.trace import codec
from engine.trace import events as ev
from engine.trace import records as rc
from engine.trace.marks import Mark
from engine.trace.records import CODES, SCALARS, tag
from engine.trace.spans import SpanFinder
from engine.trace.values import extremes

if TYPE_CHECKING:
    from engine.node import Node
    from engine.ops.spec import OpSpec

BATCH = 512
"""Records sent at once."""
BATCH_BYTES = 2**16
"""Bytes of values after which fewer are sent: memory in larger pieces comes as new pages each time."""
PAUSE = 0.02
"""Seconds after which a smaller batch is sent."""
LOOK = 32
"""Records after which it is asked whether to send; four times as many while they come at once."""
AT_ONCE = 0.002
"""Seconds between two looks up to which records come at once."""
VALUE_BUDGET = 256 * 2**20
"""Bytes of values that one run may record; beyond it large values keep their summary only."""
LARGE = 1 << 16
TABLES = 256
"""Entries of tables that are sent again with the next batch, rather than made anew: most programs have fewer."""
REPEATED = 32
"""Elements from which on it is worth while to look whether a gradient stands in the batch already."""

_ITERATED, _BOUND, _OTHER = tag(rc.Iterated), tag(rc.Bound), tag(rc.Other)

Later = ev.AnyEvent | Callable[[], ev.AnyEvent]


class Writer:
    """Takes records and events; ``full`` is called when it is time to :meth:`take` them."""

    def __init__(self, full: Callable[[Any], None], spans: SpanFinder | None) -> None:
        self._full = full
        self.watch: Callable[[int], None] = lambda count: None
        """Is told of every so many records, and may raise."""
        self._finder = spans
        self._file = None if spans is None else spans.filename
        self._code: CodeType | None = None
        self._here: dict[int, int] = {}
        """By instruction of the code that was running last: the number of its span."""
        self._codes: dict[int, dict[int, int]] = {}
        self._spans: list[ev.Span] = []
        self._span_numbers: dict[ev.Span, int] = {}
        self._ops: dict[OpSpec, int] = {}
        self._op_table: list[tuple[str, bool]] = []
        self._kinds: dict[type[Node], tuple[int, int]] = {}
        self._kind_table: list[tuple[str, list[str]]] = []
        self._others: list[ev.AnyEvent] = []
        self._records: list[Any] = []
        """Records, and between them the marks of what died there; numbers take their place before they are sent."""
        self._append = self._records.append
        self._later: dict[Any, Later] = {}
        self._marks: dict[int, Mark] = {}
        """What lives, by number."""
        self._pass_span: int | None = None
        """The number of the span where the pass under way was called, if it is in the table yet."""
        self._seen: dict[int, tuple[int, Any]] = {}
        """Gradients of the pass that stand in the batch, by id, with their place; kept so that the id stays theirs."""
        self._memory: list[bytes] = []
        """The values that have memory, in order."""
        self._bytes = 0
        self._kept = 0
        self._limit = LOOK
        self._looked = 0
        """Records in which no marks are left."""
        self._sent = self._looked_at = time.monotonic()
        self._ended = False

    # --- tables -----------------------------------------------------------------------------

    def _span(self, depth: int) -> int:
        """The number of the span that the program is at; ``depth``: how many calls are between, at the least."""
        if self._file is None:
            return 0
        frame: Any = sys._getframe(depth + 1)
        code = frame.f_code
        while code is not self._code:
            if code.co_filename == self._file:
                self._code = code
                self._here = self._codes.setdefault(id(code), {})
                break
            frame = frame.f_back
            if frame is None:
                return 0
            code = frame.f_code
        number = self._here.get(frame.f_lasti)
        if number is None:
            assert self._finder is not None
            number = self._here[frame.f_lasti] = self._number_of(self._finder.of(code, frame.f_lasti))
        return number

    def _number_of(self, span: ev.Span | None) -> int:
        if span is None:
            return 0
        number = self._span_numbers.get(span)
        if number is None:
            self._spans.append(span)
            number = self._span_numbers[span] = len(self._spans)
        return number

    def _op(self, spec: OpSpec) -> int:
        """The number of an op that is not in the table yet."""
        number = self._ops[spec] = len(self._op_table)
        self._op_table.append((spec.name, spec.view or spec.name in ("detach", "data")))
        return number

    def _kind(self, node: Node, pins: int) -> tuple[int, int]:
        """The number of a node's class that is not in the table yet, with names for so many pins."""
        kind = self._kinds[type(node)] = (len(self._kind_table), pins)
        self._kind_table.append((node.name(), [node.saved_name(slot) for slot in range(pins)]))
        return kind

    # --- values -----------------------------------------------------------------------------

    def _value(self, data: Any) -> Any:
        """The value of an array or a number; to be asked for last, in the order in which values stand in records."""
        scalar = SCALARS.get(type(data))
        return self._array(data) if scalar is None else (scalar[0], scalar[1](data))

    def _array(self, data: Any) -> Any:
        """The value of an array."""
        size = data.nbytes
        self._kept += size
        if self._kept > VALUE_BUDGET and data.size > LARGE:
            return (CODES[data.dtype], data.shape, *extremes(data))
        self._memory.append(data.tobytes())
        total = self._bytes = self._bytes + size
        if total > BATCH_BYTES:
            self._limit = 0
        return (CODES[data.dtype], data.shape)

    def _gradient(self, g: Any) -> Any:
        """The value of what a pass carries: an array, a number or a tensor."""
        scalar = SCALARS.get(type(g))
        if scalar is not None:
            return (scalar[0], scalar[1](g))
        return self._gradient(g._data) if isinstance(g, Tensor) else self._passed(g)

    def _passed(self, g: Any) -> Any:
        """The value of an array that a pass carries; it is written once, however often it is passed on."""
        if g.size < REPEATED:
            return self._array(g)
        known = self._seen.get(id(g))
        if known is not None:
            return known[0]
        place = len(self._memory)
        value = self._array(g)
        if len(self._memory) > place:
            self._seen[id(g)] = (place, g)
        return value

    # --- events -----------------------------------------------------------------------------

    def emit(self, event: ev.AnyEvent) -> None:
        """Take an event as it is."""
        if self._later:
            self._flush_later()
        self._write(event)
        if len(self._records) >= self._limit:
            self._look()

    def _write(self, event: ev.AnyEvent) -> None:
        if type(event) is ev.Iterated:
            self._append((_ITERATED, self._number_of(event.span), event.index))
        elif type(event) is ev.Bound:
            span = self._number_of(event.span)
            self._append((_BOUND, span, event.name, event.tensors, event.text, event.scope))
        else:
            self._others.append(event)
            self._append((_OTHER, 0))

    def emit_later(self, key: Any, event: Later) -> None:
        """An event that matters only if another one follows; a newer one of the same key takes its place.

        It may be given by a function that makes it. So a loop that computes with plain numbers leaves few events,
        however often it turns.
        """
        self._later.pop(key, None)
        self._later[key] = event

    def forget_later(self, key: Any) -> bool:
        """Take back an event that has not been emitted yet; whether there was one."""
        return self._later.pop(key, None) is not None

    def _flush_later(self) -> None:
        """Write what has been held back."""
        events, self._later = list(self._later.values()), {}
        for event in events:
            self._write(event() if callable(event) else event)

    def _number_deaths(self) -> int:
        """Put numbers where marks stand since the last look; how many events the batch has grown by."""
        records, marks = self._records, self._marks
        begin, count = self._looked, len(records)
        self._looked = count
        if self._ended:
            # What dies with the program is no news.
            records[begin:] = [record for record in records[begin:] if type(record) is not Mark]
            self._looked = len(records)
            return self._looked - begin
        events, last = count - begin, -1
        for place in [i for i, record in enumerate(records[begin:], begin) if type(record) is Mark]:
            number = records[place] = records[place].number
            del marks[number]
            # What dies together is one event.
            events -= place == last + 1
            last = place
        return events

    def finish(self) -> None:
        """Tell what the names stand for in the end, then report nothing any more that the engine does."""
        self._number_deaths()
        self._ended = True
        events, self._later = list(self._later.values()), {}
        for event in events:
            if isinstance(event, ev.Bound):
                self._write(event)

    def close(self, event: ev.AnyEvent) -> None:
        """The last event, and everything is sent."""
        self._write(event)
        self.flush()

    # --- sending ----------------------------------------------------------------------------

    def _look(self) -> None:
        """Send the batch if it is large or old enough."""
        new = self._number_deaths()
        count = len(self._records)
        now = time.monotonic()
        if count >= BATCH or self._bytes > BATCH_BYTES or now - self._sent > PAUSE:
            self.flush()
        else:
            self._limit = count + (4 * LOOK if now - self._looked_at < AT_ONCE else LOOK)
        self._looked_at = now
        self.watch(new)

    def flush(self) -> None:
        """Send what there is."""
        if self._records:
            self._full(self)

    def take(self) -> bytes:
        """The batch, packed; a new one begins."""
        self._number_deaths()
        tables = self._spans, self._op_table, self._kind_table, self._others, self._records
        data = codec.pack_batch(self._memory, *tables)
        self._records.clear()
        for part in (self._others, self._memory, self._seen):
            part.clear()
        if len(self._spans) + len(self._op_table) + len(self._kind_table) > TABLES:
            for table in (self._spans, self._op_table, self._kind_table):
                table.clear()
            for numbers in (self._codes, self._span_numbers, self._ops, self._kinds):
                numbers.clear()
            self._code = self._pass_span = None
        self._bytes = self._looked = 0
        self._limit = LOOK
        self._sent = time.monotonic()
        return data
