"""What a row says: cells in all the ways that people write them, and what is wrong with them."""

from collections.abc import Mapping
from datetime import date

import pytest

from kernel.values.identity_number import check_character
from kernel.values.invalid import InvalidValue
from records.exchange import cells
from records.exchange.columns import COLUMNS, find_headings, meanings_of
from records.exchange.headings import IGNORED
from records.exchange.notes import Row
from records.exchange.rows import Surroundings, read_rows
from records.exchange.uploads import Line
from records.terminology import catalogue

TODAY = date(2026, 11, 23)
COMMITTEE = "379901001001"
AT = Surroundings(TODAY, [COMMITTEE], {"于海宁": "practitioner-1"})
NUMBER = "110101195803120138"


def rows_of(*rows: Mapping[str, str], at: Surroundings = AT) -> list[Row]:
    """Rows whose cells are given by heading."""
    headings = list(dict.fromkeys(name for row in rows for name in row))
    lines = [Line(n, [row.get(h, "") for h in headings]) for n, row in enumerate(rows, start=2)]
    return read_rows(lines, headings, meanings_of(headings, {}), at)


def errors_of(row: Row) -> dict[str, str]:
    return {note.column: note.text for note in row.errors}


@pytest.mark.parametrize(
    "typed",
    ["1958-03-12", "19580312", "1958.03.12", "1958/3/12", "1958年3月12日", "21256", "21256.5",
     "１９５８－０３－１２", "1958-03-12 00:00:00", "1958/3/12 0:00"],
)  # fmt: skip
def test_dates_in_every_style_and_as_excel_counts_them(typed: str) -> None:
    assert cells.day(typed) == "1958-03-12"


@pytest.mark.parametrize(
    "typed", ["1958-02-30", "3月12日", "1849-01-01", "00000", "昨天", "58.3.12"]
)
def test_other_dates_are_refused(typed: str) -> None:
    with pytest.raises(InvalidValue):
        cells.day(typed)


@pytest.mark.parametrize(
    "typed", ["3.79900198503120E+17", "1E+17", "３．７９Ｅ＋１７", "3.799e+17"]
)
def test_a_number_that_excel_has_rounded_is_refused_in_clear_words(typed: str) -> None:
    (row,) = rows_of({"姓名": "张三", "身份证号": typed})
    assert "文本" in errors_of(row)["document_number"]
    assert "末几位已经丢失" in errors_of(row)["document_number"]


def test_fifteen_digits_become_eighteen_and_fill_in_the_rest() -> None:
    (row,) = rows_of({"姓名": "张三", "身份证号": "110101580312013"})
    assert row.errors == []
    assert row.values["document_number"] == NUMBER
    assert (row.values["sex"], row.values["birth_date"]) == ("1", "1958-03-12")


def test_a_full_width_number_with_blanks_is_read() -> None:
    (row,) = rows_of({"姓名": "张三", "身份证号": "１１０１０１　１９５８０３１２　０１３８"})
    assert (row.errors, row.values["document_number"]) == ([], NUMBER)


def test_what_contradicts_the_number_is_told_at_its_column() -> None:
    (row,) = rows_of({"姓名": "张三", "性别": "女", "出生日期": "1958-03-13", "身份证号": NUMBER})
    assert errors_of(row).keys() == {"sex", "birth_date"}
    assert "第17位" in errors_of(row)["sex"]


def test_a_region_that_is_not_listed_is_a_warning_and_no_error() -> None:
    first17 = "99010119580312013".replace("99", "19", 1)
    (row,) = rows_of({"姓名": "张三", "身份证号": first17 + check_character(first17)})
    assert row.errors == []
    assert "19" in row.warnings[0].text


def test_every_fault_of_a_row_is_told_at_once() -> None:
    (row,) = rows_of(
        {"姓名": "", "性别": "x", "出生日期": "x", "本人电话": "12", "民族": "99", "血型": "C",
         "责任医生": "张三丰"}
    )  # fmt: skip
    assert errors_of(row).keys() == {
        "name", "sex", "birth_date", "phone", "ethnicity", "abo", "doctor",
    }  # fmt: skip
    assert "A型" in errors_of(row)["abo"]
    assert "于海宁" in errors_of(row)["doctor"]


@pytest.mark.parametrize(
    ("heading", "typed", "code"),
    [
        ("性别", "1", "1"), ("性别", "男性", "1"), ("性别", "2.女", "2"), ("性别", "M", "1"),
        ("民族", "汉", "01"), ("民族", "1", "01"), ("民族", "回族", "03"), ("民族", "03", "03"),
        ("文化程度", "大专", "3"), ("文化程度", "10", "10"), ("文化程度", "9 文盲或半文盲", "9"),
        ("婚姻状况", "1", "10"), ("婚姻状况", "丧偶", "30"), ("婚姻状况", "21", "21"),
        ("血型", "AB", "4"), ("RH血型", "阳性", "2"), ("RH", "1", "1"),
        ("常住类型", "非户籍", "2"), ("医疗费用支付方式", "自费，新农合", "3、7"),
        ("医疗费用支付方式", "8（长护险）;1", "1、8（长护险）"),
        ("药物过敏史", "无", "1"),
        ("既往史", "高血压（2015年3月）、其他（痛风，2019.5）",
         "2（2015-03）、13（痛风，2019-05）"),
        ("既往史", "2；3", "2、3"), ("暴露史", "无", "1"), ("残疾", "视力残疾", "2"),
        ("药物过敏史", "其他（花粉，牛奶）、青霉素", "2、5（花粉，牛奶）"),
    ],
)  # fmt: skip
def test_codes_by_number_and_by_name(heading: str, typed: str, code: str) -> None:
    (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER if heading != "性别" else "",
                      "出生日期": "1958-03-12", heading: typed})  # fmt: skip
    key = meanings_of([heading], {})[heading]
    assert errors_of(row) == {}
    assert row.values[key] == code


@pytest.mark.parametrize(
    ("heading", "typed", "words"),
    [
        ("药物过敏史", "无、青霉素", "不能与其他选项同时选"),
        ("医疗费用支付方式", "8", "写明内容"),
        ("民族", "99", "写民族名称"),
        ("药物过敏史", "青霉素（皮疹）", "只用于“其他”"),
        ("既往史", "高血压（很久）", "确诊年月"),
        ("既往史", "恶性肿瘤", "写明内容"),
        ("与户主关系", "2", "两位代码"),
        ("性别", "1女", "应为下列之一"),
    ],
)
def test_choices_that_do_not_go_together(heading: str, typed: str, words: str) -> None:
    (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER, heading: typed, "家庭编号": "H1"})
    assert any(words in text for text in errors_of(row).values())


def test_every_code_of_every_column_is_read_by_code_and_by_title() -> None:
    for column in COLUMNS:
        if column.terms:
            read = column.read(TODAY)
            for concept in catalogue.code_set(column.terms).concepts.values():
                text = "（别的）" if concept.needs_text else ""
                if column.key != "relation" or len(concept.code) == 2:
                    assert read(concept.title + text) == read(concept.code + text)


def test_the_old_rh_question_is_converted_only_where_the_column_asks_it() -> None:
    old = {"1": "2", "2": "1", "3": "3", "否": "2", "是": "1", "不详": "3"}
    for typed, code in old.items():
        (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER, "RH阴性": typed})
        assert row.values["rh"] == code
    (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER, "RH血型": "1"})
    assert row.values["rh"] == "1"


def test_a_household_has_one_head_and_everybody_a_relation() -> None:
    def member(name: str, relation: str, family: str = "H1") -> dict[str, str]:
        return {"姓名": name, "性别": "1", "出生日期": "1980-01-01", "家庭编号": family,
                "与户主关系": relation}  # fmt: skip

    right = rows_of(member("甲一", "户主"), member("乙一", "配偶"))
    assert [row.errors for row in right] == [[], []]
    headless = rows_of(member("甲一", "长子"), member("乙一", "配偶"))
    assert "没有户主" in errors_of(headless[0])["relation"]
    double = rows_of(member("甲一", "户主"), member("乙一", "02"))
    assert "多名户主" in errors_of(double[1])["relation"]
    lone = rows_of(member("甲一", ""), member("乙一", "户主", ""))
    assert "relation" in errors_of(lone[0])
    assert "household" in errors_of(lone[1])


def test_a_household_may_be_named_by_its_head() -> None:
    rows = rows_of(
        {"姓名": "甲一", "身份证号": NUMBER, "户主身份证号": NUMBER, "与户主关系": "户主"},
        {"姓名": "乙一", "性别": "2", "出生日期": "1960-01-01", "户主身份证号": NUMBER,
         "与户主关系": "妻"},
    )  # fmt: skip
    assert [row.errors for row in rows] == [[], []]
    assert {row.values["head"] for row in rows} == {NUMBER}


def test_the_same_person_twice_in_a_file() -> None:
    told = {"姓名": "张三", "性别": "1", "出生日期": "1980-01-01"}
    same, twin, other = rows_of({"姓名": "张三", "身份证号": NUMBER},
                                {"姓名": "张三", "身份证号": NUMBER}, told)  # fmt: skip
    assert same.errors == []
    assert "第2行" in errors_of(twin)["document_number"]
    assert other.errors == []
    first, second = rows_of(told, told)
    assert (first.suspects, second.errors) == ([], [])
    assert "第2行" in second.suspects[0].text


@pytest.mark.parametrize(
    ("committees", "typed", "column"),
    [([], "", "committee"), ([COMMITTEE, "379901001002"], "", "committee"),
     ([], "3799", "committee"), ([], "379901001000", "committee"), ([COMMITTEE], "", ""),
     ([], COMMITTEE, "")],
)  # fmt: skip
def test_the_committee_that_a_number_begins_with(
    committees: list[str], typed: str, column: str
) -> None:
    at = Surroundings(TODAY, committees)
    (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER, "居委会代码": typed}, at=at)
    assert set(errors_of(row)) == ({column} if column else set())


def test_numbers_of_files_are_kept_where_they_are_ours() -> None:
    for typed in ("37990100100100001", "37990100", "A-0012"):
        (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER, "档案编号": typed})
        assert row.errors == []
    (row,) = rows_of({"姓名": "张三", "身份证号": NUMBER, "档案编号": "37990100100100000"})
    assert "00001" in errors_of(row)["record_number"]


def test_headings_are_found_below_titles_and_by_their_other_names() -> None:
    lines = [Line(1, ["居民名单"]), Line(2, ["2026年"]),
             Line(4, ["姓 名*", "公民身份号码", "血 型"]),
             Line(5, ["张三", NUMBER, "A"])]  # fmt: skip
    sheet = find_headings(lines, {})
    assert [line.number for line in sheet.lines] == [5]
    assert meanings_of(sheet.headings, {}) == {
        "姓 名*": "name", "公民身份号码": "document_number", "血 型": "abo",
    }  # fmt: skip


def test_a_heading_that_stands_twice_is_asked_about() -> None:
    sheet = find_headings([Line(1, ["姓名", "电话", "电话", "", ""]), Line(2, ["张三"])], {})
    assert list(sheet.headings) == ["姓名", "电话", "电话 #2", "", ""]
    assert meanings_of(sheet.headings, {}) == {"姓名": "name", "电话": "phone", "电话 #2": ""}


def test_an_unknown_heading_waits_and_a_second_of_the_same_meaning_too() -> None:
    assert meanings_of(["姓名", "芳名", "居民姓名"], {}) == {
        "姓名": "name",
        "芳名": "",
        "居民姓名": "",
    }
    learnt = {"芳名": IGNORED, "姓名": "contact_name"}
    assert meanings_of(["姓名", "芳名"], learnt) == {"姓名": "contact_name", "芳名": IGNORED}
