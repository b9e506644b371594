# carryover_protobuf(TARGET FILE): adds what protoc-c makes of a schema to TARGET; its header is "NAME.pb-c.h".
function(carryover_protobuf target file)
  get_filename_component(name "${file}" NAME_WE)
  get_filename_component(folder "${PROJECT_SOURCE_DIR}/${file}" DIRECTORY)
  set(made "${PROJECT_BINARY_DIR}/protobuf")
  file(MAKE_DIRECTORY "${made}")
  add_custom_command(OUTPUT "${made}/${name}.pb-c.c" "${made}/${name}.pb-c.h" DEPENDS "${PROJECT_SOURCE_DIR}/${file}"
                     COMMAND "${PROTOC_C}" "--c_out=${made}" "--proto_path=${folder}" "${PROJECT_SOURCE_DIR}/${file}"
                     COMMENT "schema ${file}" VERBATIM)
  set_source_files_properties("${made}/${name}.pb-c.c" PROPERTIES COMPILE_OPTIONS "-w")  # not ours
  target_sources(${target} PRIVATE "${made}/${name}.pb-c.c" "${made}/${name}.pb-c.h")
  target_include_directories(${target} SYSTEM PRIVATE "${made}")
endfunction()
