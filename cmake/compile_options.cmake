# Flags that every target of the project is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_compile_options(-Wall -Wextra -Werror -fno-omit-frame-pointer)
if(HOURGLASS_SANITIZE)
  add_compile_options(-fsanitize=${HOURGLASS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HOURGLASS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What the sanitizers add to the code makes g++ 12 see values that may not be set where there are none, and
    # it warns of the fences in Asio, beside which Asio uses atomics that TSan understands.
    add_compile_options(-Wno-maybe-uninitialized)
    if(HOURGLASS_SANITIZE STREQUAL "thread")
      add_compile_options(-Wno-tsan)
    endif()
  endif()
endif()
