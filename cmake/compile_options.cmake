# Flags that every target of the project is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # What one checkout has compiled, another one finds: paths below the project are hashed without where it lies.
  set(CMAKE_CXX_COMPILER_LAUNCHER /usr/bin/env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_ABSSTDERR=1 "${CCACHE_PROGRAM}")
endif()

add_compile_options(-Wall -Wextra -Werror -fno-omit-frame-pointer "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
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
