# Writes a header with the commit of the sources, "unknown" where they came without their history. A repository that
# merely holds the folder of the sources, as where an archive was unpacked, is not theirs.
set(commit "unknown")
if(EXISTS "${SOURCE}/.git")
  execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD
                  OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
  if(result EQUAL 0)
    set(commit "${found}")
  endif()
endif()
set(content "#pragma once\n\nnamespace hourglass::daemon {\n\ninline constexpr const char* kBuildCommit = \"${commit}\";\n\n}  // namespace hourglass::daemon\n")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" previous)
endif()
if(NOT "${previous}" STREQUAL "${content}")
  file(WRITE "${OUTPUT}" "${content}")
endif()
