# hourglass_module(NAME [LINK libraries...])
#
# A module is one folder: all its *.cpp files make the static library hourglass_NAME, all its
# *_test.cpp files (and the doubles in its testing/ folder) make the test program NAME_test.
include(GoogleTest)

function(hourglass_module name)
  cmake_parse_arguments(MODULE "" "" "LINK;TEST_LINK" ${ARGN})

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(test_sources ${sources})
  list(FILTER test_sources INCLUDE REGEX "(_test\\.cpp$|/testing/)")
  list(FILTER sources EXCLUDE REGEX "(_test\\.cpp$|/testing/|main\\.cpp$)")

  if(sources)
    add_library(hourglass_${name} STATIC ${sources})
    set(visibility PUBLIC)
  else()
    add_library(hourglass_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(hourglass_${name} ${visibility} "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(hourglass_${name} ${visibility} ${MODULE_LINK})

  if(HOURGLASS_TESTS AND test_sources)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${test_sources})
    target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE hourglass_${name} ${MODULE_TEST_LINK}
                          GTest::gtest GTest::gmock GTest::gtest_main)
    # Tests are compiled more often than they run: nearly half of the time of a build was theirs.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
