"""Trainings and worlds whose bytes test_baseline.py holds: together they go through all of both learners and of the envs.

Each is short; which parts of the program it is there for is said beside it.
"""


def settings(**values):
    """Options that set what a learner learns by."""
    return [part for key, value in values.items() for part in ("--set", f"learning.{key}={value}")]


RANGES = '{ parameter = "actuator.ctrlrange"; select = "*"; scale = 0.5; }'
HEAVY = '{ parameter = "option.gravity"; scale = 1.5; }'
# draws of every kind, one that grows with training, signals that are late and noisy
DRAWN = """(
  { parameter = "body.mass"; select = "torso"; scale = { uniform = (0.8, 1.2); from = 1.0; over = 3000; }; },
  { parameter = "geom.friction"; select = "*"; scale = { log_uniform = (0.5, 2.0); }; },
  { parameter = "joint.damping"; select = "*_joint"; scale = { normal = (1.0, 0.1); each = true; }; },
  { parameter = "action.delay"; set = { choice = (0, 1, 2); }; },
  { parameter = "observation.noise"; select = "qvel"; set = 0.05; }
)"""
# what a transfer can say of single tensors
RULES = """{ base = "full"; obs_norm = "blend"; rules = (
  { tensors = "actor.trunk.0.*"; rate = 0.1; l2sp = 0.01; },
  { tensors = "actor.trunk.1.*"; from_update = 2; },
  { tensors = "critic.*.trunk.0.weight"; decay = 0.01; },
  { tensors = "critic.*.trunk.0.bias"; decay = 0.01; },
  { tensors = "critic.*.trunk.1.weight"; init = "fresh"; }
); }"""
KICKSTART = '{ base = "full"; loss = ( { term = "kl_to_source"; weight = 2; schedule = "exponential"; half_life = 500; } ); }'
SMALL = {"hidden": "(48, 40)"}

# name: (task, env steps, options); a policy to start from is the name of an earlier training
TRAININGS = {
    "ppo_ant": ("ant", 4096, []),
    "ppo_hopper": ("hopper", 8192, []),
    "ppo_pendulum": ("pendulum", 4096, settings(schedule='"constant"', normalize_reward="false", normalize_obs="false")),
    "ppo_shared_trunk": ("hopper", 4096, settings(shared_trunk="true", activation='"relu"', entropy=0.01)),
    "ppo_kl_schedule": ("walker2d", 4096, settings(schedule='"kl"', activation='"elu"', value_clip=0.2)),
    "ppo_dropout": ("reacher", 4096, settings(dropout=0.1, layer_norm="true", activation='"swish"')),
    "ppo_target_kl": ("pusher", 4096, settings(target_kl=0.002, recompute_advantages="true", normalize_advantage="false")),
    "ppo_uneven": ("half_cheetah", 3000, settings(envs=5, horizon=100, minibatch=48, hidden="(33, 17, 9)")),
    "ppo_waves": ("hopper", 2048, settings(horizon=128, minibatch=1024, epochs=4, hidden="(256, 256)")),
    "ppo_draws": ("hopper", 4096, ["--domain", DRAWN]),
    "ppo_commands": ("quadruped_flat", 4096, ["--domain", "randomization/playground_quadruped"]),
    "ppo_full": ("hopper", 4096, ["--from", "ppo_hopper", "--domain", HEAVY]),
    "ppo_new_head": ("hopper", 4096, ["--from", "ppo_hopper", "--strategy", "new_head", "--domain", HEAVY]),
    "ppo_shared_partial": ("hopper", 4096, ["--from", "ppo_shared_trunk", "--strategy", "partial", "--domain", HEAVY]),
    "ppo_rules": ("hopper", 4096, ["--from", "ppo_hopper", "--strategy", RULES, "--domain", HEAVY]),
    "ppo_kickstart": ("hopper", 4096, ["--from", "ppo_hopper", "--strategy", "kickstart", "--domain", HEAVY]),
    "ppo_other_ranges": ("hopper", 4096, ["--from", "ppo_hopper", "--domain", RANGES]),
    "ppo_raw_values": ("pendulum", 4096, ["--from", "ppo_pendulum"]),
    "sac_quadruped": ("quadruped_flat", 1500, ["--algorithm", "sac", *settings(hidden="(64, 64)")]),
    "sac_wide": ("ant", 300, ["--algorithm", "sac"]),
    "sac_dropout": ("half_cheetah", 500, ["--algorithm", "sac", *settings(
        dropout=0.01, layer_norm="true", updates_per_step=3, activation='"swish"', normalize_obs="true", **SMALL)]),
    "sac_rows": ("swimmer", 1200, ["--algorithm", "sac", *settings(
        envs=3, horizon=50, replay=500, batch=100, activation='"elu"', target_entropy=-1.5, **SMALL)]),
    "sac_tanh": ("pendulum", 1000, ["--algorithm", "sac", *settings(activation='"tanh"', batch=64, **SMALL)]),
    "sac_from_ppo": ("hopper", 800, ["--from", "ppo_hopper", "--algorithm", "sac", *settings(critic_updates=200)]),
    "sac_partial": ("quadruped_flat", 1000, ["--from", "sac_quadruped", "--strategy", "partial", "--domain", HEAVY]),
    "sac_kickstart": ("quadruped_flat", 1000, ["--from", "sac_quadruped", "--strategy", KICKSTART, "--domain", HEAVY]),
    "sac_rules": ("quadruped_flat", 1000, ["--from", "sac_quadruped", "--strategy", RULES]),
    "ppo_from_sac": ("quadruped_flat", 4096, ["--from", "sac_quadruped", "--algorithm", "ppo"]),
}

LIMBS = """( { parameter = "limb.length"; select = "leg|leg_left"; scale = { uniform = (0.8, 1.2); each = true; }; },
  { parameter = "body.mass"; select = "torso"; scale = 1.2; } )"""
BROKEN = """( { parameter = "joint.lock"; select = "hip_1"; set = 0.1; },
  { parameter = "body.remove"; select = "right_back_leg"; set = 1; } )"""
SIGNALS = """( { parameter = "action.delay"; set = 2; }, { parameter = "action.noise"; select = "*"; set = 0.1; },
  { parameter = "action.gain"; select = "*"; scale = { uniform = (0.8, 1.1); each = true; }; },
  { parameter = "action.repeat"; set = 2; }, { parameter = "control.substeps"; set = 5; },
  { parameter = "observation.delay"; select = "qpos"; set = 3; },
  { parameter = "observation.bias"; select = "qpos"; set = { normal = (0.0, 0.05); each = true; }; },
  { parameter = "observation.noise"; select = "qvel"; set = 0.2; },
  { parameter = "observation.drop"; select = "qvel"; set = 0.1; },
  { parameter = "observation.freeze"; select = "qpos"; set = 0.1; },
  { parameter = "push.speed"; select = "rootx"; set = 0.5; }, { parameter = "push.interval"; set = 20; },
  { parameter = "reset.noise"; scale = 2.0; }, { parameter = "body.force"; select = "torso"; set = (5.0, 0.0, 0.0); } )"""
MOTORS = """( { parameter = "pd.kp"; select = "*"; scale = { uniform = (0.5, 1.5); each = true; }; },
  { parameter = "pd.kd"; select = "*"; scale = { uniform = (0.5, 1.5); }; },
  { parameter = "pd.torque_limit"; select = "*"; scale = 0.7; }, { parameter = "pd.delay"; select = "*"; set = 3; },
  { parameter = "option.timestep"; scale = 0.5; } )"""
PHYSICS = """( { parameter = "option.wind"; set = { uniform = (-3, 3, -3, 3, 0, 0); }; },
  { parameter = "option.density"; set = 1.2; }, { parameter = "body.com"; select = "torso"; add = (0.02, 0.0, 0.0); },
  { parameter = "actuator.gear"; select = "*"; scale = { uniform = (0.7, 1.2); each = true; }; },
  { parameter = "joint.armature"; select = "hip_*"; scale = 1.5; },
  { parameter = "joint.frictionloss"; select = "ankle_*"; set = 0.1; },
  { parameter = "geom.size"; select = "torso_geom"; scale = 1.1; } )"""
# what no task that is shipped has: stacks, histories, delays, noise, clocks, held inputs, fresh quantities
STACKED = 'task = { format = 1; base = "quadruped_flat"; observe = "fresh"; stack = 3; fill = "zero"; };\n'
PAST = """task = { format = 1; base = "quadruped_flat"; observation = (
  { term = "angular_velocity"; frame = "site/imu"; delay = 2; noise = 0.1; },
  { term = "euler"; frame = "site/imu"; history = 2; fill = "zero"; },
  { term = "joint_pos"; of = "*_hip|*_knee"; order = "given"; history = 3; },
  { term = "phase"; frequency = 1.25; angle = ( 0.0, 3.14159265 ); gain = 0.3; most = 1.5; of = "vx|vy";
    stop = 0.3; rest = 3.14159265; },
  { term = "time_left"; }, { term = "constant"; value = 0.5; }, { term = "last_action"; hold = 0.0; }, { term = "command"; }
); };
"""
OWN_TASKS = {"stacked": STACKED, "past": PAST}

# (task, shifts); every task as it is shipped comes on top
WORLDS = [
    ("stacked", "( )"), ("past", "( )"), ("stacked", MOTORS), ("hopper", SIGNALS), ("hopper", DRAWN), ("walker2d", LIMBS),
    ("ant", BROKEN), ("ant", PHYSICS), ("pendulum", f"( {HEAVY} )"), ("pendulum", '( { parameter = "action.delay"; set = 3; } )'),
    ("quadruped_flat", "randomization/legged_gym_quadruped"), ("quadruped_flat", "randomization/playground_quadruped"),
    ("humanoid", "randomization/playground_humanoid"), ("walker2d", "randomization/any_legged"),
    ("arm_push", "randomization/any_arm"), ("half_cheetah", "odrl/halfcheetah-kinematic-footjnt-hard"),
    ("hopper", "gym_extensions/HopperBigFoot-v0"), ("pusher", "gym_extensions/PusherLeftSide-v0"),
]

# under sanitizers, which look at accesses and not at numbers and take many times longer
FEW_TRAININGS = ("ppo_dropout", "ppo_shared_trunk", "ppo_shared_partial", "ppo_pendulum", "ppo_raw_values", "sac_rows")
FEW_WORLDS = ("pendulum", "hopper", "ant", "arm_push", "stacked", "past")
