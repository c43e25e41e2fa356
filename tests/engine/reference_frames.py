"""Rule 7 as the reference interpreter has it: frames, how they end, and what is undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runner.engine import NodeError
from runner.engine.expressions import compile_expression
from tests.engine.reference_endings import Endings
from tests.engine.reference_parts import (
    Inside,
    Scope,
    Step,
    Token,
    Value,
    also_not_undone,
    described,
)

TRY, CATCH, FINALLY = range(3)


class Frames(Endings):
    """The frames of a run. A part of one is a scope; when nothing moves in it, it is over."""

    # How many seconds after it has asked for its key a frame has it, by its path.
    turn: Callable[[str], float]

    # --- a frame begins -------------------------------------------------------------

    def open_frame(self, step: Step) -> None:
        try:
            told = self.types[self.document.nodes[step.node].kind].work(self.view(step, None, 1))
        except NodeError as error:
            self.frame_failed(step, described(error), permanent=error.permanent)
            return
        step.openings += 1
        path = step.path if step.openings == 1 else f"{step.path}~{step.openings}"
        captured = dict(step.scope.captured)
        for port, edges in self.drawing.taken(step.node):
            if port in step.inputs:
                captured |= dict.fromkeys(edges, step.inputs[port])
        inside = Inside(step, self.document.nodes[step.node].kind, told, path, captured)
        inside.value, inside.items = told.get("value"), list(told.get("items", []))
        step.inside = inside
        seconds = told.get("seconds") or self.document.nodes[step.node].settings.timeout
        if seconds:
            self.later(step, seconds, lambda: self.expire(inside, seconds))
        if told.get("key") is not None:
            key = json.dumps([told.get("scope"), told["key"]])
            outer = [it.inside for it in step.scope.around() if it.inside is not None]
            if all(it.key != key for it in outer):
                inside.key, inside.granted = key, "scope" not in told
                self.locks.setdefault(key, []).append(inside)
        self.go_on(inside)

    def expire(self, inside: Inside, seconds: float) -> None:
        """End a frame that has taken too long."""
        self.deciding = [it for it in self.deciding if it is not inside]
        if inside.failure is None and not inside.closed:
            message = f"The frame took longer than {seconds:g} s."
            error = {"code": "timeout", "message": message, "kind": "timeout"}
            self.give_up(inside, error)

    def give_up(self, inside: Inside, error: dict[str, Any]) -> None:
        """Fail for a reason of the frame itself."""
        frame = inside.frame
        inside.failure = {"step": frame.path, **error, "node": frame.node}
        inside.expired = True
        self.stop(inside)

    def go_on(self, inside: Inside) -> None:
        """Begin what may begin in a frame; where nothing is open and nothing follows, it ends."""
        if inside.closed or (not inside.stopped and self.waits_for_key(inside)):
            return
        while (begin := self.following(inside)) is not None:
            scope = begin()
            if not self.moving(scope):
                self.leave(inside, scope)
        decides = inside.decides and not inside.stopped
        if inside.open or inside.undoing or decides or inside.closed:
            return
        settings = self.document.nodes[inside.frame.node].settings
        handled = settings.on_error != "fail" or inside.frame.attempt < settings.retry.attempts
        if inside.failure is not None and inside.finished and handled:
            self.undo_in_frame(inside, inside)
        else:
            inside.closed = True
            self.closing.append(inside)

    def waits_for_key(self, inside: Inside) -> bool:
        """Say whether another frame has its key, or another run: then ask when it comes."""
        if inside.key is None:
            return False
        if self.locks[inside.key][0] is not inside:
            return True
        if not inside.granted and not inside.asked:
            inside.asked = True
            self.later(inside.frame, self.turn(inside.path), lambda: self.grant(inside))
        return not inside.granted

    def grant(self, inside: Inside) -> None:
        inside.granted = True
        self.go_on(inside)

    def following(self, inside: Inside) -> Callable[[], Scope] | None:
        """Return what begins the next part of a frame, if one may begin now."""
        if inside.kind == "frame.each":
            place = inside.begun
            most = inside.told["concurrency"]
            if inside.stopped or len(inside.open) >= most or place >= len(inside.items):
                return None
            inside.begun += 1
            item = inside.items[place]
            return lambda: self.enter(inside, place, "item", item, item=item)
        if inside.kind == "frame.repeat":
            place, value = inside.begun, inside.value
            ends = inside.stopped or inside.done or inside.decides or inside.open
            if ends or place >= inside.told["most"]:
                return None
            inside.begun += 1
            return lambda: self.enter(inside, place, "value", value, item=value)
        if inside.kind == "frame.try":
            return self.next_of_try(inside)
        if inside.stopped or inside.begun:
            return None
        inside.begun = 1
        return lambda: self.enter(inside, "", "start", inside.value)

    def next_of_try(self, inside: Inside) -> Callable[[], Scope] | None:
        if inside.open or inside.undoing:
            return None
        drawn = [
            bool(self.drawing.from_port(inside.frame.node, port))
            for port in ("try", "catch", "finally")
        ]
        if inside.begun == TRY:
            inside.begun = CATCH
            if not inside.stopped:
                return lambda: self.enter(inside, "try", "try", inside.value)
        if inside.begun == CATCH:
            itself = inside.expired or inside.withdrawn
            if inside.failure is not None and drawn[CATCH] and not itself:
                inside.caught, inside.failure, inside.stopped = inside.failure, None, False
                self.undo_in_frame(inside, inside)
                if inside.undoing:
                    return None
            inside.begun = FINALLY
            if inside.caught is not None and not inside.stopped:
                caught = also_not_undone(inside.caught, inside.undo_errors)
                return lambda: self.enter(inside, "catch", "catch", caught)
        if inside.begun == FINALLY:
            inside.begun += 1
            if drawn[FINALLY]:
                told = inside.failure or {"result": inside.result}
                return lambda: self.enter(inside, "finally", "finally", told)
        return None

    def enter(
        self, inside: Inside, place: int | str, port: str, value: Value, *, item: Value = None
    ) -> Scope:
        """Begin one run through the inside of a frame."""
        frame = inside.frame
        counted = isinstance(place, int)
        scope = Scope(
            prefix=f"{inside.path}[{place}]/" if place != "" else f"{inside.path}/",
            outer=frame.scope,
            inside=inside,
            place=place,
            cleaning=place == "finally",
            index=place if isinstance(place, int) else frame.scope.index,
            item=item if counted else frame.scope.item,
            captured=inside.captured,
        )
        inside.open.append(scope)
        for edge in self.drawing.from_port(frame.node, port):
            self.arrive(scope, Token(edge, value, frozenset()))
        if place not in ("catch", "finally"):
            for name in self.drawing.not_entered(frame.node):
                if not self.drawing.connected(name):
                    self.fire(scope, name, {}, frozenset())
                elif self.is_complete(scope, name):
                    self.take_and_fire(scope, name)
        if not scope.halted:
            self.settle(scope)
        return scope

    # --- what comes of the parts ------------------------------------------------------

    def arrive_at_frame(self, scope: Scope, token: Token) -> None:
        name, port = token.edge.target, token.edge.input
        if port in ("cancel", "complete"):
            for step in list(self.under_way):
                if step.scope is scope and step.node == name and step.inside is not None:
                    self.control(step.inside, port, token.value)
            return
        inside = scope.inside
        if inside is None or inside.frame.node != name or scope.halted:
            return
        if port == "more":
            inside.items.append(token.value)
        elif inside.kind == "frame.race":
            if not scope.given:
                scope.given, scope.result = True, token.value
                self.stop(inside)
        elif inside.kind == "frame.repeat":
            if not inside.done:
                scope.given, scope.result = True, token.value
                inside.done = port == "done"
        elif inside.kind == "frame.try":
            if not scope.cleaning:
                inside.result = token.value
        else:
            scope.given, scope.result = True, token.value

    def control(self, inside: Inside, port: str, value: Value) -> None:
        """Cancel a frame, or end it with the results that there are."""
        if inside.chosen is not None or inside.closed:
            return
        inside.chosen = {"cancelled": value}
        if port == "complete":
            # Those who went on with enough results are not sent them again.
            again = inside.emitted and inside.told["rest"] == "finish"
            inside.chosen = {} if again else self.gathered(inside, sorted(inside.results))
        self.stop(inside)

    def scope_is_over(self, scope: Scope) -> None:
        """Go on with what a scope belongs to, now that nothing moves in it."""
        if scope.undo is not None:
            scope.undo.open = None
            self.undo_next(scope.undo)
        elif (inside := scope.inside) is not None:
            if scope.failed and inside.kind == "frame.each" and inside.failure is None:
                self.undo_in_frame(inside, scope)
            self.leave(inside, scope)
            self.go_on(inside)

    def leave(self, inside: Inside, scope: Scope) -> None:
        if scope not in inside.open:
            return
        inside.open.remove(scope)
        inside.finished += scope.finished
        if inside.kind == "frame.each":
            if not scope.halted and isinstance(scope.place, int):
                inside.results[scope.place] = scope.result
                self.look_whether_enough(inside)
        elif inside.kind == "frame.repeat":
            if not scope.halted:
                inside.value = scope.result if scope.given else inside.value
                if inside.told["until"] is not None and not inside.done:
                    inside.decides = True
                    self.deciding.append(inside)
        elif inside.kind != "frame.try":
            inside.result = scope.result
            if not scope.given and not scope.halted and inside.lost is not None:
                inside.failure = inside.lost

    def look_whether_enough(self, inside: Inside) -> None:
        enough = inside.told["enough"]
        if enough is None or len(inside.results) < enough or inside.emitted:
            return
        inside.emitted = True
        if inside.told["rest"] == "finish":
            self.early.append((inside.frame, self.gathered(inside, sorted(inside.results))))
        else:
            self.stop(inside)

    def decide(self, inside: Inside) -> None:
        """See whether Repeat is done, after a round."""
        inside.decides = False
        names = self.names(inside.frame, inside.frame.inputs)
        index = inside.begun - 1
        names |= {"input": inside.value, "item": inside.value, "index": index}
        inside.done = bool(compile_expression(inside.told["until"]).evaluate(names))
        most = inside.told["most"]
        if not inside.done and inside.begun >= most and inside.told["otherwise"] == "fail":
            times = "once" if most == 1 else f"{most} times"
            message = f"{inside.frame.node} has run {times}, and its condition does not hold."
            inside.failure = {"code": "not_done", "message": message, "kind": "not_done"}
        self.go_on(inside)
