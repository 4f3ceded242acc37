"""What the supervisor and the courier tell of themselves, whatever else they wait for."""

from actors.courier.core import CourierCore
from actors.courier.effects import PublishFigures as PublishCourier
from actors.courier.global_limit import GlobalLimit
from current import Fixed
from messages.courier import ReadChannel
from messages.figures import CourierFigures, ReportFigures
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.supervisor import SessionEnded, SessionHasWork
from supervisor import RESTARTS
from supervisor_core import SupervisorCore
from supervisor_effects import Arrived, Execute, PublishFigures, StorageAnswered, Tick


def test_the_supervisor_tells_its_figures_while_storage_keeps_it_waiting() -> None:
    """They need no storage; what waits for it is not forgotten over them, and a session that crashed is held."""
    core = SupervisorCore(policy=RESTARTS["session"], stream_grace_s=Fixed(0.0))
    core.receive(Tick(), 0.0, 0.0)
    core.receive(StorageAnswered((TurnId(0),)), 0.0, 0.0)
    core.receive(Tick(), 0.0, 0.0)
    core.receive(StorageAnswered(((),)), 0.0, 0.0)
    core.receive(Arrived((SessionHasWork(session=SessionId(1)),)), 0.0, 0.0)
    (restart,) = core.receive(Arrived((SessionEnded(session=SessionId(1), crashed=True),)), 0.0, 0.0)
    assert isinstance(restart, Execute)
    assert core.receive(Arrived((ReportFigures(),)), 0.0, 0.0) == [PublishFigures(held=0)]
    assert core.receive(StorageAnswered(((),)), 0.0, 0.0) == []
    assert core.receive(Arrived((ReportFigures(),)), 0.0, 0.0) == [PublishFigures(held=1)]


def test_the_courier_tells_what_waits_and_what_of_the_second_is_used() -> None:
    """A request counts as waiting until it is sent, and as used for the second after that."""
    limit = GlobalLimit(50)
    core = CourierCore(global_limit=limit)

    def told(now_s: float) -> CourierFigures:
        (effect,) = core.receive(ReportFigures(), now_s)
        assert isinstance(effect, PublishCourier)
        return effect.figures

    for number in range(3):
        core.receive(ReadChannel(channel_id=ChannelId(number), after=MessageId(0)), 0.0)
    _, budget = limit.used(0.0)
    assert told(0.0) == CourierFigures(used=0, budget=budget, waiting=3, pending=0)
    assert core.next(0.0) is not None
    assert told(0.0) == CourierFigures(used=1, budget=budget, waiting=2, pending=0)
