# carryover_embed(TARGET SYMBOL FILE): adds the text of FILE to TARGET as the NUL-terminated `const char SYMBOL[]`, made
# anew whenever FILE changes.
if(CMAKE_SCRIPT_MODE_FILE)  # the step of the build: -D SYMBOL= -D FROM= -D TO=
  file(READ "${FROM}" bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE "${TO}" "extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {\n${bytes}0};\n")
  return()
endif()

set(carryover_embed_script "${CMAKE_CURRENT_LIST_FILE}")
function(carryover_embed target symbol file)
  set(from "${PROJECT_SOURCE_DIR}/${file}")
  set(to "${PROJECT_BINARY_DIR}/embedded/${symbol}.c")
  add_custom_command(OUTPUT "${to}" DEPENDS "${from}" "${carryover_embed_script}"
                     COMMAND ${CMAKE_COMMAND} -D "SYMBOL=${symbol}" -D "FROM=${from}" -D "TO=${to}" -P "${carryover_embed_script}"
                     COMMENT "embedding ${file}" VERBATIM)
  target_sources(${target} PRIVATE "${to}")
endfunction()
