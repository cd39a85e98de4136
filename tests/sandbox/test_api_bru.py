"""`bru`: variables, templates, the run's course."""

from __future__ import annotations

import itertools

import pytest
from sandbox.scripts import FILE, Answers, Mode, run, script

MODES = pytest.mark.parametrize("mode", ["safe", "developer"])


@MODES
def test_only_changed_scopes_come_back_whole(mode: Mode) -> None:
    outcome = run(
        "bru.setVar('b', {list: [1]}); bru.deleteEnvVar('gone'); bru.getCollectionVar('c');",
        mode=mode,
        variables={
            "runtime": {"a": 1},
            "environment": {"kept": "x", "gone": "y"},
            "collection": {"c": "z"},
        },
    )
    assert outcome.changes["variables"] == {
        "runtime": {"a": 1, "b": {"list": [1]}},
        "environment": {"kept": "x"},
    }


@MODES
def test_setting_the_same_value_changes_nothing(mode: Mode) -> None:
    outcome = run(
        "bru.setVar('a', 1); bru.setEnvVar('e', 'x');",
        mode=mode,
        variables={"runtime": {"a": 1}, "environment": {"e": "x"}},
    )
    assert "variables" not in outcome.changes


@MODES
def test_a_variable_may_have_any_name_that_objects_know(mode: Mode) -> None:
    outcome = run(
        "bru.setVar('__proto__', 'p'); bru.setVar('constructor', 'c'); bru.setVar('hasOwnProperty', 'h');"
        "console.log(bru.getVar('__proto__'), bru.getVar('constructor'), "
        "bru.hasVar('toString'), bru.getVar('toString'),"
        " bru.interpolate('{{__proto__}} {{valueOf}}'));",
        mode=mode,
    )
    assert outcome.printed == ["p c false undefined p {{valueOf}}"]
    assert outcome.variables == {"__proto__": "p", "constructor": "c", "hasOwnProperty": "h"}


@MODES
def test_what_json_cannot_hold_does_not_last(mode: Mode) -> None:
    outcome = run(
        script(
            "bru.setVar('none', undefined); bru.setVar('ring', (() => { const a = {}; a.a = a; "
            "return a; })());"
        ),
        script("console.log(bru.hasVar('none'), JSON.stringify(bru.getVar('ring')));"),
        mode=mode,
    )
    assert outcome.printed == ['false {"a":"[Circular Reference]"}']


def test_only_what_holds_itself_is_cut() -> None:
    outcome = run(
        "const a = {n: 1}; bru.setVar('twice', [a, a, {a}]);"
        "const e = new Error('x'); e.cause = e; bru.setVar('error', {e});",
        mode="developer",
    )
    assert outcome.variables["twice"] == [{"n": 1}, {"n": 1}, {"a": {"n": 1}}]
    assert outcome.variables["error"]["e"]["cause"] == "[Circular Reference]"


def test_developer_mode_has_the_undocumented_properties() -> None:
    source = (
        "bru.runtimeVariables.direct = 1; console.log(bru.collectionPath, "
        "bru.envVariables.e, typeof bru.requestVariables,"
        " Object.keys(bru).includes('envVariables'))"
    )
    outcome = run(source, mode="developer", variables={"environment": {"e": "x"}})
    assert outcome.printed == ["/collection x object false"]
    assert outcome.variables == {"direct": 1}
    assert run("console.log(typeof bru.envVariables)").printed == ["undefined"]


def test_scopes_are_resolved_by_strength() -> None:
    order = ["global", "collection", "environment", "folder", "request", "oauth2", "runtime"]
    for weaker, stronger in itertools.pairwise(order):
        outcome = run(
            "console.log(bru.interpolate('{{v}}'))",
            variables={weaker: {"v": weaker}, stronger: {"v": stronger}},
        )
        assert outcome.printed == [stronger]


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{{o.l[1].z}}", "deep"),
        ("{{o['k.k']}}", "dotted"),
        ("{{o.l.length}}", "2"),
        ("{{o}}", '{"l":[1,{"z":"deep"}],"k.k":"dotted"}'),
        ("{{a}} {{b}}", "deep deep"),
        ("{{ring}}", "{{ring}}"),
        ("{{none}} {{}} {{o.none}} {{o[}} {{ a }}", "{{none}} {{}} {{o.none}} {{o[}} {{ a }}"),
        ("{{zero}}{{no}}{{nil}}{{empty}}", "0falsenull"),
    ],
)
def test_templates(template: str, wanted: str) -> None:
    variables = {
        "o": {"l": [1, {"z": "deep"}], "k.k": "dotted"},
        "a": "{{b}}",
        "b": "{{o.l[1].z}}",
        "ring": "{{ring}}",
        "zero": 0,
        "no": False,
        "nil": None,
        "empty": "",
    }
    assert run(f"console.log(bru.interpolate({template!r}))", variables={"runtime": variables}).printed == [
        wanted
    ]


def test_answers_to_prompts_are_seen_by_their_names() -> None:
    outcome = run(
        "console.log(bru.interpolate('{{?Your name}} {{Your name}}'))",
        variables={"prompt": {"Your name": "Ada"}},
    )
    assert outcome.printed == ["Ada {{Your name}}"]


def test_dynamic_values_come_from_the_host() -> None:
    host = Answers(dynamic=lambda name: {"guid": "one-guid"}.get(name))
    outcome = run(
        "console.log(bru.interpolate('{{$guid}} {{$nope}} {{v}}'))",
        variables={"runtime": {"v": "<{{$guid}}>"}},
        host=host,
    )
    assert outcome.printed == ["one-guid {{$nope}} <one-guid>"]


@MODES
def test_resetting_a_credential_forgets_its_variables_at_once(mode: Mode) -> None:
    outcome = run(
        "bru.resetOauth2Credential('shop'); bru.resetOauth2Credential('shop');"
        "console.log(bru.getOauth2CredentialVar('$oauth2.shop.access_token'), "
        "bru.getOauth2CredentialVar('$oauth2.other.access_token'));",
        mode=mode,
        variables={"oauth2": {"$oauth2.shop.access_token": "t", "$oauth2.other.access_token": "o"}},
    )
    assert outcome.printed == ["undefined o"]
    assert outcome.changes == {"resetOauth2": ["shop"]}


@MODES
def test_the_course_of_the_run(mode: Mode) -> None:
    outcome = run(
        (
            "bru.setNextRequest('a'); bru.runner.setNextRequest(null); "
            "bru.runner.stopExecution(); bru.runner.skipRequest();"
        ),
        mode=mode,
    )
    assert outcome.changes == {"nextRequest": None, "stop": True, "skip": True}
    assert "nextRequest" not in run("bru.setNextRequest(undefined)", mode=mode).changes
    assert run("req.skip()", mode=mode).changes == {"skip": True}


def test_iteration_data_is_read_and_changed() -> None:
    outcome = run(
        "const d = bru.runner.iterationData; d.set('n', 2); d.unset('old');"
        "console.log(d.get('n'), d.has('old'), d.stringify(), bru.runner.iterationIndex, "
        "bru.runner.totalIterations)",
        context={"iteration": {"index": 1, "total": 3, "data": {"old": "x"}}},
    )
    assert outcome.printed == ['2 false {"n":2} 1 3']
    assert outcome.changes["iterationData"] == {"n": 2}


def test_the_row_of_the_data_file_is_seen_by_templates() -> None:
    source = "bru.runner.iterationData.set('more', 'm'); console.log(bru.interpolate('{{user}} {{more}}'))"
    outcome = run(
        source,
        variables={"runtime": {"user": "r"}},
        context={"iteration": {"index": 0, "total": 1, "data": {"user": "row"}}},
    )
    assert outcome.printed == ["row m"]


def test_a_nested_run_sees_and_sets_variables() -> None:
    host = Answers(
        run__request=lambda path, variables, resets: {
            "response": {"status": 201, "seen": variables, "resets": resets},
            "variables": {"runtime": {"token": "t2"}},
        }
    )
    outcome = run(
        "bru.setVar('mine', 1); bru.resetOauth2Credential('id');"
        "const r = await bru.runRequest('auth/login');"
        "console.log(r.status, JSON.stringify(r.seen), r.resets, bru.getVar('token'), bru.hasVar('mine'))",
        host=host,
    )
    assert outcome.printed == ['201 {"runtime":{"mine":1}} [ \'id\' ] t2 false']
    assert "resetOauth2" not in outcome.changes
    assert host.asked[0][1][0] == "auth/login"


def test_an_unknown_request_is_an_answer_in_safe_mode_and_a_rejection_in_developer_mode() -> None:
    def refuse(path: str, variables: object, resets: object) -> object:
        raise RuntimeError(f"bru.runRequest: invalid request path - {path}")

    source = (
        "bru.resetOauth2Credential('id');"
        "console.log(await bru.runRequest('x').catch((error) => ['caught', error]))"
    )
    outcome = run(source, host=Answers(run__request=refuse))
    assert outcome.printed == ["{ message: 'bru.runRequest: invalid request path - x' }"]
    # It is still to be done.
    assert outcome.changes["resetOauth2"] == ["id"]
    assert run(source, mode="developer", host=Answers(run__request=refuse)).printed == [
        "[ 'caught', 'bru.runRequest: invalid request path - x' ]"
    ]


def test_visualizations_are_noted_once() -> None:
    outcome = run("bru.visualize('html', {content: '<p>'}); bru.visualize('table', {provider: 'ag-grid'});")
    assert outcome.printed == [
        "bru.visualize: visualizations are not shown when a collection is run without the app"
    ]
    assert [shown["type"] for shown in outcome.changes["visualizations"]] == ["html", "table"]
    assert (
        run("bru.visualize('html', {content: 'x'}); bru.clearVisualizations()").changes["visualizations"]
        == []
    )


def test_the_utilities_work_in_both_modes() -> None:
    source = (
        r"console.log(bru.utils.minifyJson('{ \"a\": [ 1 ] }'), bru.utils.minifyXml('<a>\n <b>x</b>\n</a>'))"
    )
    for mode in ("safe", "developer"):
        assert run(source, mode=mode).printed == ['{"a":[1]} <a><b>x</b></a>']


def test_the_places() -> None:
    source = (
        "console.log(bru.cwd(), bru.getCollectionName(), bru.isSafeMode(), bru.getEnvName(), "
        "bru.getProcessEnv('P'), bru.getSecretVar('v.k'))"
    )
    outcome = run(
        source,
        variables={"processEnv": {"P": "p"}, "environmentName": "dev", "external": {"$secrets.v.k": "s"}},
    )
    assert outcome.printed == ["/collection shop true dev p s"]


def test_globals_of_one_step_are_not_seen_by_the_next() -> None:
    outcome = run(
        script("left = 1; globalThis.more = 2;"), script("console.log(typeof left, typeof more, typeof bru)")
    )
    assert outcome.printed == ["undefined undefined object"]


def test_what_is_not_awaited_is_waited_for() -> None:
    outcome = run(
        "setTimeout(() => { bru.setVar('late', 1); test('late', async () => { await bru.sleep(5); }); }, 5);"
    )
    assert outcome.variables == {"late": 1}
    assert [(result["description"], result["status"]) for result in outcome.last.results] == [
        ("late", "pass")
    ]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_an_error_as_a_variable_keeps_what_it_says_and_where(mode: Mode) -> None:
    source = (
        "bru.setVar('e', Object.assign(new RangeError('far'), {code: 5, cause: 1}));\n"
        "bru.setVar('caught', (() => { try { null.x } catch (error) { return error } })());"
    )
    variables = run(source, mode=mode).variables
    assert (variables["e"]["name"], variables["e"]["message"], variables["e"]["code"]) == (
        "RangeError",
        "far",
        5,
    )
    assert f"{FILE}:2:" in variables["caught"]["stack"]
    assert "bruscript:" not in variables["caught"]["stack"]


def test_templates_in_scripts_know_the_row_of_the_data_file() -> None:
    source = "bru.runner.iterationData.set('fresh', 2); console.log(bru.interpolate('{{row}} {{fresh}}'))"
    outcome = run(
        source,
        variables={"runtime": {"row": "weaker"}},
        context={"iteration": {"index": 0, "total": 1, "data": {"row": "r"}}},
    )
    assert outcome.printed == ["r 2"]


def test_an_environment_keeps_its_name() -> None:
    source = (
        "bru.deleteEnvVar('__name__'); console.log(bru.getEnvName(), bru.getEnvVar('__name__'), "
        "JSON.stringify(bru.getAllEnvVars()), bru.interpolate('{{__name__}}'), "
        "bru.getGlobalEnvVar('__name__'))"
    )
    outcome = run(source, variables={"environment": {"a": 1}, "environmentName": "dev", "globalName": "all"})
    assert outcome.printed == ['dev dev {"a":1} dev all']
