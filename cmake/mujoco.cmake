# Finds MuJoCo below MUJOCO_ROOT (the folder of a release or of the unpacked wheel: include/mujoco/mujoco.h and
# libmujoco.so.* in it, in lib/ or in lib64/) and defines the target mujoco. Refuses versions before 4.0.1: 4.0.0 has
# a solver bug, and older ones integrate free joints differently, so the reference trajectories would not hold.
set(MUJOCO_ROOT "${PROJECT_SOURCE_DIR}/build/deps/mujoco" CACHE PATH "folder of MuJoCo 4.0.1 or newer")

find_path(MUJOCO_INCLUDE mujoco/mujoco.h PATHS "${MUJOCO_ROOT}/include" NO_DEFAULT_PATH NO_CACHE)
if(NOT MUJOCO_INCLUDE)
  message(FATAL_ERROR "No MuJoCo in ${MUJOCO_ROOT} (include/mujoco/mujoco.h is missing): "
                      "run scripts/setup, or give -DMUJOCO_ROOT=FOLDER.")
endif()

file(STRINGS "${MUJOCO_INCLUDE}/mujoco/mujoco.h" _mujoco_version REGEX "^#define mjVERSION_HEADER[ \t]+[0-9]+")
string(REGEX MATCH "[0-9]+$" MUJOCO_VERSION_NUMBER "${_mujoco_version}")
if(NOT MUJOCO_VERSION_NUMBER)
  message(FATAL_ERROR "Cannot read MuJoCo's version from ${MUJOCO_INCLUDE}/mujoco/mujoco.h.")
endif()
# versions are written as one number: 3.1.7 is 317 before 3.4, 4.0.1 is 4000001 since
if(MUJOCO_VERSION_NUMBER LESS 4000001)
  message(FATAL_ERROR "MuJoCo in ${MUJOCO_ROOT} is too old (version number ${MUJOCO_VERSION_NUMBER}): "
                      "carryover needs 4.0.1 or newer, since 4.0.0 has a solver bug.")
endif()

file(GLOB _mujoco_libs "${MUJOCO_ROOT}/libmujoco.so.*" "${MUJOCO_ROOT}/lib/libmujoco.so.*"
     "${MUJOCO_ROOT}/lib64/libmujoco.so.*")
list(LENGTH _mujoco_libs _mujoco_count)
if(_mujoco_count EQUAL 0)
  message(FATAL_ERROR "No libmujoco.so.* in ${MUJOCO_ROOT}, its lib or its lib64.")
endif()
list(GET _mujoco_libs 0 MUJOCO_LIBRARY)
add_library(mujoco SHARED IMPORTED)
set_target_properties(mujoco PROPERTIES IMPORTED_LOCATION "${MUJOCO_LIBRARY}"
                      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${MUJOCO_INCLUDE}"
                      INTERFACE_INCLUDE_DIRECTORIES "${MUJOCO_INCLUDE}")
