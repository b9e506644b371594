"""carryover check: sound tasks pass, dead shifts and broken tasks do not."""

import os

from common import CONFIG, HEAD, NO_INPUT, OK, SOURCE, USAGE, WANTING, Tests, run, scratch, train

CHECK = {"task", "preset", "domain", "ok", "tests", "shift"}
SHIFT = {"live", "first_step", "rms", "effective_friction", "limit_share", "visited_share", "reason", "moved", "num_moved",
         "kept"}
GRADED = SHIFT | {"grade", "identical_share", "difference", "noise"}
TASKS = sorted(name[:-4] for name in os.listdir(os.path.join(SOURCE, "configs", "tasks")))

GRAVITY = '{ parameter = "option.gravity"; scale = 1.5; }'
FRICTION = '( { parameter = "geom.friction"; select = "foot_geom|floor"; scale = 0.5; } )'
DEAD = '{ parameter = "joint.damping"; select = "root*"; scale = 0.5; }'

t = Tests()
folder = scratch("check")


def everything():
    if os.environ.get("CARRYOVER_TEST_SANITIZE"):
        return  # minutes of physics; every task and every domain are built in tests of their own
    found = t.json("check", "--all")
    t.keys(found, HEAD | {"checks"}, "check")
    tasks = [check for check in found["checks"] if check["preset"] is None]
    every_task(tasks)
    every_domain(found["checks"][len(tasks):])


def every_domain(checks):
    """Everything that is written down for a task is live in it."""
    known = [d["name"] for d in t.json("list", "domains")["domains"] if d["task"]]
    t.equal([check["preset"] for check in checks], known, "domains")
    for check in checks:
        t.keys(check, CHECK, check["preset"])
        t.keys(check["shift"], SHIFT, check["preset"])
        t.equal([check["ok"], check["shift"]["live"]], [True, True], check["preset"])
        t.check(check["domain"], f"{check['preset']}: shifts")


def every_task(checks):
    t.equal([c["task"] for c in checks], TASKS, "tasks")
    for check in checks:
        t.keys(check, CHECK, check["task"])
        t.equal([check["ok"], check["shift"], check["domain"]], [True, None, []], check["task"])
        t.check(len(check["tests"]) >= 8, f"{check['task']}: {len(check['tests'])} tests")
        for test in check["tests"]:
            t.keys(test, {"name", "ok", "text"}, "test")


def live():
    (check,) = t.json("check", "hopper", "--domain", FRICTION)["checks"]
    t.keys(check["shift"], SHIFT, "shift")
    t.equal([check["ok"], check["shift"]["live"]], [True, True], "live")
    t.keys(check["shift"]["rms"], {"1", "10", "100"}, "rms")
    pairs = {pair["pair"]: pair for pair in check["shift"]["effective_friction"]}
    t.equal(sorted(pairs["floor/foot_geom"]), ["pair", "source", "target"], "pair")
    t.equal(pairs["floor/foot_geom"]["source"], 2 * pairs["floor/foot_geom"]["target"], "friction is halved")
    t.check(0 <= check["shift"]["limit_share"] <= 1 and 0 <= check["shift"]["visited_share"] <= 1, "shares")
    t.check(check["shift"]["first_step"] >= 0, "first step")


def dead():
    (check,) = t.json("check", "hopper", "--domain", DEAD, code=WANTING)["checks"]
    t.equal([check["ok"], check["shift"]["live"], check["shift"]["first_step"]], [False, False, None], "dead")
    t.check("zero" in check["shift"]["reason"], f"reason: {check['shift']['reason']}")
    done = run("check", "hopper", "--domain", DEAD)
    t.equal(done.code, WANTING, "text of a dead shift: exit code")
    t.check("FAILED" in done.out, "text of a dead shift")


def two_domains():
    """Two levels of a benchmark that are one world: the floor's friction wins."""
    same = ("check", "hopper", "--domain", "odrl/hopper-friction-0.1", "--against", "odrl/hopper-friction-0.5")
    (check,) = t.json(*same, code=WANTING)["checks"]
    t.equal([check["ok"], check["shift"]["live"], check["shift"]["first_step"]], [False, False, None], "one world")
    t.check("larger friction of its two geoms" in check["shift"]["reason"], f"reason: {check['shift']['reason']}")
    for pair in check["shift"]["effective_friction"]:
        t.equal(pair["source"], pair["target"], f"friction of {pair['pair']}")
    (check,) = t.json("check", "hopper", "--domain", "odrl/hopper-friction-2.0", "--against",
                      "odrl/hopper-friction-0.5")["checks"]
    t.equal([check["ok"], check["shift"]["live"]], [True, True], "two worlds")


def drawn():
    """Both ends of a distribution are played; what acts only together is live."""
    (check,) = t.json("check", "hopper", "--domain",
                      '{ parameter = "body.mass"; select = "torso"; scale = { uniform = (1.0, 1.5); }; }')["checks"]
    t.equal([check["ok"], check["shift"]["live"]], [True, True], "one end is nominal, the other is not")
    push = '( { parameter = "push.speed"; select = "rootx"; set = 1.0; }, { parameter = "push.interval"; set = %d; } )'
    for interval in (40, 900):
        (check,) = t.json("check", "half_cheetah", "--domain", push % interval)["checks"]
        t.equal([check["ok"], check["shift"]["first_step"]], [True, interval], f"pushed at step {interval}")


def several():
    """A dead shift behind a live one is found."""
    damping = '{ parameter = "joint.damping"; select = "%s"; scale = 0.5; }'
    (check,) = t.json("check", "hopper", "--domain", GRAVITY, "--domain", damping % "*_joint")["checks"]
    t.equal([test["ok"] for test in check["tests"] if test["name"] == "each shift is live"], [True], "both are live")
    (check,) = t.json("check", "hopper", "--domain", GRAVITY, "--domain", DEAD, code=WANTING)["checks"]
    t.equal([check["ok"], check["shift"]["live"]], [False, True], "one is dead")
    (text,) = [test["text"] for test in check["tests"] if not test["ok"]]
    t.check("joint.damping of root*" in text and "gravity" not in text, f"the dead one is named: {text}")
    done = run("check", "hopper", "--domain", GRAVITY, "--domain", DEAD, "--set", "domain.1.select=thigh_joint")
    t.equal(done.code, OK, "an edit makes it live")


def warnings_once():
    """A model is loaded for several worlds; what its compiler warns of is said once."""
    path = os.path.join(folder, "warned")
    with open(path + ".xml", "w", encoding="utf-8") as file:
        file.write("<mujoco><compiler settotalmass='3'/><worldbody><body><joint name='j'/><geom size='.1'/></body></worldbody>"
                   "<actuator><motor joint='j' ctrlrange='-1 1'/></actuator></mujoco>")
    with open(path + ".cfg", "w", encoding="utf-8") as file:
        file.write('task = { format = 1; model = "warned.xml"; substeps = 1; horizon = 10; observation = ( { term = "qpos"; } );'
                   'action = ( { term = "ctrl"; } ); reward = ( { term = "alive"; } ); };')
    done = run("check", path + ".cfg", "--domain", '{ parameter = "body.mass"; select = "#1"; scale = 2.0; }')
    t.equal([done.code, done.err.count("settotalmass")], [OK, 1], "a warning of the compiler")


def under_policy():
    policy = train(folder)
    (check,) = t.json("check", "pendulum", "--domain", GRAVITY, "--policy", policy, "--episodes", 6)["checks"]
    t.keys(check["shift"], GRADED, "graded shift")
    t.equal(check["shift"]["identical_share"], 0, "gravity is met in every episode")
    t.check(check["shift"]["grade"] in ("live", "weak"), f"grade {check['shift']['grade']}")
    means = [t.json("eval", policy, "--episodes", 6, *more)["return"]["mean"] for more in ([], ["--domain", GRAVITY])]
    t.check(abs(check["shift"]["difference"] - (means[1] - means[0])) < 1e-9, "difference of the two evaluations")
    # a hopper that is thrown away at once never lands, so what it stands on does not matter
    hopper = train(folder, "hopper", 4096, "hopper.safetensors")
    thigh = '{ parameter = "geom.friction"; select = "thigh_geom"; scale = 3.0; }'
    (check,) = t.json("check", "hopper", "--domain", thigh, "--policy", hopper, "--episodes", 4, code=WANTING)["checks"]
    t.equal([check["ok"], check["shift"]["grade"], check["shift"]["identical_share"]],
            [False, "inert_under_policy", 1], "a thigh that never touches the floor")


def own_tasks():
    """A task of the user's own, as a file, and mistakes in it."""
    path = os.path.join(folder, "mine.cfg")
    with open(os.path.join(SOURCE, "configs", "tasks", "hopper.cfg"), encoding="utf-8") as file:
        hopper = file.read()
    table = [
        (OK, "", "horizon = 1000;", "horizon = 300;"),
        (CONFIG, r"mine.cfg:\d+: horizn: unknown key.*did you mean \"horizon\"", "horizon", "horizn"),
        (CONFIG, r"mine.cfg:\d+: term: .*did you mean \"qpos\"", '"qpos"', '"qpso"'),
        (CONFIG, r"mine.cfg:\d+: of: ", 'of = "rootx"', 'of = "rotx"'),
        (CONFIG, r"mine.cfg:\d+: substeps: ", "substeps = 4", 'substeps = "four"'),
        (CONFIG, r"mine.cfg:\d+: ", "observation = (", "observation = "),
        (NO_INPUT, r"mine.cfg:\d+: model: no file \"hoper.xml\"", "hopper.xml", "hoper.xml"),
    ]
    for code, pattern, old, new in table:
        with open(path, "w", encoding="utf-8") as file:
            file.write(hopper.replace(old, new))
        if code == OK:
            (check,) = t.json("check", path)["checks"]
            t.equal([check["task"], check["ok"]], ["mine", True], "own task")
        else:
            t.error(code, pattern, "check", path)


def errors():
    table = [
        (USAGE, r"give a TASK or --all", []),
        (USAGE, r"give a TASK or --all", ["hopper", "--all"]),
        (USAGE, r"need a TASK", ["--all", "--domain", GRAVITY]),
        (USAGE, r"needs --domain", ["hopper", "--policy", "x"]),
        (NO_INPUT, r"did you mean \"hopper\"", ["hoper"]),
        (CONFIG, r"--domain:1: select: ", ["hopper", "--domain", '{ parameter="body.mass"; select="wing"; scale=2.0; }']),
        (CONFIG, r"--domain:1: ", ["hopper", "--domain", '{ parameter="body.mass"; select="torso"; set=-1.0; }']),
    ]
    for code, pattern, args in table:
        t.error(code, pattern, "check", *args)
    t.full_disk("check", "pendulum")
    t.full_disk("check", "pendulum", "--json")


for test in (everything, live, dead, two_domains, drawn, several, warnings_once, under_policy, own_tasks, errors):
    test()
t.finish()
