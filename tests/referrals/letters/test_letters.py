"""The hospital's letter on pages: what it writes, what both sides read, what is refused."""

import base64
from typing import Any

import pytest

from referral.moving.back_leg import back_leg_id
from referral.states import Event, State
from tests.cast import to
from tests.pages.browsing import audited, signed_in, words
from tests.referrals.letters.writing import OFFER, PDF, PNG, TYPED, opened, sent, written
from tests.referrals.playing import WHO, Players, departments
from tests.support.answers import entries
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse


@pytest.fixture(scope="module")
def players(house: OpenHouse) -> Players:
    departments(house)
    return Players(house)


def in_care(players: Players, request_id: str) -> str:
    """A referral whose person is being treated."""
    return players.bring(players.refer(request_id), State.IN_CARE)


def stored(house: OpenHouse, type_: str, id_: str) -> dict[str, Any]:
    """A resource as the platform's side sees it."""
    body: dict[str, Any] = house.client("gp1").get(f"{type_}/{id_}").json()
    assert body["resourceType"] == type_, body
    return body


def test_a_letter_with_the_offer_writes_everything_at_once(players: Players) -> None:
    house, id_ = players.house, in_care(players, "whole")
    coordinator = signed_in(house, "coord1")
    letter = written(coordinator, id_, OFFER, files={"file_1": ("出院小结.pdf", PDF)})
    assert players.state(id_) is State.BACK_OFFERED
    assert players.row(id_).indicated
    assert players.moves(id_)[-1].reason == "L1"
    body = stored(house, "Composition", letter)
    assert body["type"]["coding"][0]["code"] == "18842-5"
    assert body["subject"]["identifier"]["value"] == "ZY20261123"
    assert [one["code"]["coding"][0]["code"] for one in body["contained"]] == [
        "I10.x00",
        "E11.900",
    ]
    drugs = [stored(house, "MedicationRequest", f"{letter}-drug-{n}") for n in (1, 2)]
    assert drugs[0]["courseOfTherapyType"]["coding"][0]["code"] == "continuous"
    assert drugs[0]["dispenseRequest"]["validityPeriod"] == {"start": "2026-11-23"}
    assert drugs[1]["dispenseRequest"]["validityPeriod"]["end"] == "2027-11-23"
    assert drugs[1]["dosageInstruction"][0]["text"] == "每次75mg，每日1次，至 2027-11-23"
    document = stored(house, "DocumentReference", f"{letter}-file-1")
    attachment = document["content"][0]["attachment"]
    assert (attachment["contentType"], attachment["title"]) == ("application/pdf", "出院小结.pdf")
    binary = stored(house, *attachment["url"].split("/"))
    assert base64.b64decode(binary["data"]) == PDF


def test_the_way_back_is_a_request_of_its_own_and_makes_no_second_task(players: Players) -> None:
    house, id_ = players.house, in_care(players, "back")
    letter = written(signed_in(house, "coord1"), id_, OFFER)
    leg, up = stored(house, "ServiceRequest", back_leg_id(id_)), players.request(id_)
    assert leg["basedOn"] == [{"reference": f"ServiceRequest/{id_}"}]
    assert leg["requisition"] == up["requisition"]
    assert leg["reasonCode"][0]["coding"][0]["code"] == "L1"
    assert leg["performer"][0]["reference"] == "Organization/station-1"
    assert {"reference": f"Composition/{letter}"} in leg["supportingInfo"]
    found = house.client("gp1").search("Task", ("focus", f"ServiceRequest/{back_leg_id(id_)}"))
    assert entries(found) == []
    players.play("gp1", id_, Event.DECLINE_BACK, State.IN_CARE)
    assert stored(house, "ServiceRequest", back_leg_id(id_))["status"] == "revoked"
    written(signed_in(house, "coord1"), id_, OFFER)
    assert stored(house, "ServiceRequest", back_leg_id(id_))["status"] == "active"
    players.play("gp1", id_, Event.ACCEPT_BACK, State.BACK_ACCEPTED)
    assert stored(house, "ServiceRequest", back_leg_id(id_))["status"] == "completed"


def test_both_sides_read_the_letter_and_its_file_is_audited(players: Players) -> None:
    house, id_ = players.house, in_care(players, "read")
    files = {"file_1": ("照片.png", PNG)}
    letter = written(signed_in(house, "coord1"), id_, TYPED, files=files)
    assert players.state(id_) is State.FEEDBACK_SENT
    for name in ("coord1", "gp1"):
        reader = signed_in(house, name)
        shown = words(reader.get(f"/referrals/{id_}/letter/{letter}"))
        for text in (
            "原发性高血压3级，很高危", "原发性高血压（I10.x00）", "ZY20261123",
            "苯磺酸氨氯地平片", "5mg", "每日1次", "长期", "2027-11-23", "低盐饮食", "2026-12-07",
            "照片.png", "丛建军",
        ):  # fmt: skip
            assert text in shown, (name, text, shown)
        file = reader.get(f"/referrals/{id_}/files/{letter}-file-1")
        assert (file.content, file.headers["content-type"]) == (PNG, "image/png")
        assert "inline" in file.headers["content-disposition"]
    rows = audited(house, "read")
    paths = [(row["name"], str((row["detail"] or {}).get("path"))) for row in rows]
    opened_ = {name for name, path in paths if f"/referrals/{id_}/files/" in path}
    assert opened_ == {"coord1", "gp1"}


def test_a_stranger_sees_no_letter_and_no_file(players: Players) -> None:
    house, id_ = players.house, in_care(players, "strange")
    letter = written(signed_in(house, "coord1"), id_, TYPED, files={"file_2": ("a.pdf", PDF)})
    other = in_care(players, "strange-other")
    for name in ("coord2", "gp2"):
        stranger = signed_in(house, name)
        assert stranger.get(f"/referrals/{id_}/letter/{letter}").status_code == 404
        assert stranger.get(f"/referrals/{id_}/files/{letter}-file-2").status_code == 404
        assert stranger.get(f"/referrals/{id_}/letter").status_code in (403, 404)
    own = signed_in(house, "gp1")
    assert own.get(f"/referrals/{other}/letter/{letter}").status_code == 404
    assert own.get(f"/referrals/{other}/files/{letter}-file-2").status_code == 404
    assert own.get(f"/referrals/{id_}/letter").status_code == 403


def test_a_second_letter_also_when_back_and_after_closing(players: Players) -> None:
    house, id_ = players.house, in_care(players, "late")
    coordinator = signed_in(house, "coord1")
    written(coordinator, id_, OFFER)
    late = {"whole": "病理回报：良性", "act": "send"}
    written(coordinator, id_, late)
    assert players.state(id_) is State.BACK_OFFERED
    players.play("gp1", id_, Event.ACCEPT_BACK, State.BACK_ACCEPTED)
    written(coordinator, id_, late)
    players.follow_up(id_)
    players.play("gp1", id_, Event.ACKNOWLEDGE, State.CLOSED)
    last = written(coordinator, id_, late)
    assert players.state(id_) is State.CLOSED
    assert "病理回报：良性" in words(signed_in(house, "gp1").get(f"/referrals/{id_}/letter/{last}"))
    assert "不能接回" not in words(coordinator.get(f"/referrals/{id_}/letter"))


def test_a_declined_way_back_returns_to_where_it_was_offered_from(players: Players) -> None:
    """A letter, or somebody who took it, in between does not change that (scenario 6)."""
    house, id_ = players.house, in_care(players, "declined")
    written(signed_in(house, "coord1"), id_, TYPED)
    written(signed_in(house, "coord1"), id_, OFFER)
    written(signed_in(house, "coord1"), id_, {"whole": "补充", "act": "send"})
    players.play("gp1", id_, Event.DECLINE_BACK, State.FEEDBACK_SENT)
    assert players.state(id_) is State.FEEDBACK_SENT
    assert players.row(id_).back_accepted_at is None


def test_who_has_arrived_is_taken_into_care_by_the_letter(players: Players) -> None:
    id_ = players.bring(players.refer("arrived"), State.ARRIVED)
    written(signed_in(players.house, "coord1"), id_, TYPED)
    events = [row.event for row in players.moves(id_)]
    assert events[-2:] == ["start", "send-outcome"]


def test_sent_twice_is_sent_once(players: Players) -> None:
    house, id_ = players.house, in_care(players, "twice")
    coordinator = signed_in(house, "coord1")
    carried = opened(coordinator, id_)
    first = sent(coordinator, id_, TYPED, carried=carried)
    again = sent(coordinator, id_, TYPED, carried=carried)
    assert first.headers["location"] == again.headers["location"]
    assert [row.event for row in players.moves(id_)].count("send-outcome") == 1


def test_somebody_else_moved_it_meanwhile(players: Players) -> None:
    house, id_ = players.house, in_care(players, "raced")
    coordinator = signed_in(house, "coord1")
    carried = opened(coordinator, id_)
    written(coordinator, id_, TYPED)
    answer = sent(coordinator, id_, OFFER, carried=carried)
    assert answer.status_code == 422
    assert "未保存" in words(answer)
    assert players.state(id_) is State.FEEDBACK_SENT
    unsaved = house.client("gp1").get(f"Composition/{carried['submission']}")
    assert unsaved.status_code == 404, "the letter and the move are kept together, or neither"


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"diagnosis": ""}, "请填写诊断结果，或粘贴反馈全文，或上传一份文件"),
        ({"act": "offer", "next_plan": ""}, "转回社区须填写下一步治疗方案"),
        ({"act": "offer", "indication": ""}, "请选择下转指征"),
        ({"act": "offer", "indication": "U1"}, "请选择下转指征"),
        ({"act": "offer", "indication": "L8"}, "请写明"),
        ({"codes": "高血压"}, "不像编码"),
        ({"drugs-0-until": "明年"}, "停药日期应为“长期”或日期"),
        ({"drugs-0-until": "2020-01-01"}, "停药日期应为“长期”或日期"),
        ({"drugs-0-frequency": ""}, "请选择频次"),
        ({"follow_up_on": "2020-01-01"}, "建议随访日期不能早于今天"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    players: Players, typed: dict[str, str], told: str
) -> None:
    id_ = "refused"
    if "refused" not in REFERRED:
        REFERRED.add(in_care(players, id_))
    answer = sent(signed_in(players.house, "coord1"), id_, {**OFFER, "act": "send", **typed})
    assert answer.status_code == 422
    shown = words(answer)
    assert told in shown, shown
    assert "低盐饮食，每日步行 30 分钟" in answer.text
    assert 'value="苯磺酸氨氯地平片"' in answer.text
    assert players.state(id_) is State.IN_CARE


REFERRED: set[str] = set()


@FRESH_ON_SQLITE
def test_files_are_told_by_what_is_in_them(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    players = Players(fresh_house)
    id_ = in_care(players, "files")
    coordinator = signed_in(fresh_house, "coord1")
    for content, told in (
        (b"MZ\x90\x00 an executable", "文件应为 PDF、JPG 或 PNG"),
        (PDF + b" " * (5 << 20), "文件超过 5 MB"),
    ):
        answer = sent(coordinator, id_, TYPED, files={"file_1": ("出院小结.pdf", content)})
        assert answer.status_code == 422
        assert told in words(answer)
    only = written(coordinator, id_, {"act": "send"}, files={"file_1": ("../../etc/ab.pdf", PDF)})
    file = coordinator.get(f"/referrals/{id_}/files/{only}-file-1")
    assert file.headers["content-disposition"] == "inline; filename*=UTF-8''ab.pdf"


@ON_SQLITE
def test_before_anybody_came_there_is_nothing_to_write(players: Players) -> None:
    id_ = players.refer("early")
    shown = words(signed_in(players.house, "coord1").get(f"/referrals/{id_}/letter"))
    assert "还不能填写诊疗反馈" in shown
    assert signed_in(players.house, "nurse1").get(f"/referrals/{id_}/letter").status_code == 403


@ON_SQLITE
def test_a_document_of_another_system_is_kept_and_never_shown_as_a_page(players: Players) -> None:
    house, id_ = players.house, in_care(players, "foreign")
    markup = b"<script>alert(1)</script>"
    document = {
        "resourceType": "DocumentReference",
        "id": "foreign-letter",
        "status": "current",
        "subject": to("Patient", WHO),
        "content": [
            {
                "attachment": {
                    "contentType": "text/html",
                    "data": base64.b64encode(markup).decode(),
                    "title": "出院小结.html",
                }
            }
        ],
    }
    hospital = house.client("coord1")
    assert hospital.put("DocumentReference/foreign-letter", document).status_code == 201
    outputs = (("DocumentReference/foreign-letter", "出院小结"),)
    players.move("coord1", id_, Event.SEND_OUTCOME, State.FEEDBACK_SENT, outputs=outputs)
    file = signed_in(house, "gp1").get(f"/referrals/{id_}/files/foreign-letter")
    assert file.content == markup
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].startswith("attachment;")
