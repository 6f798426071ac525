#include "cli/input/line_reader.hpp"

#include <fstream>
#include <random>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing/scratch_directory.hpp"
#include "base/testing/test_seed.hpp"
#include "cli/input/testing/compressed.hpp"
#include "cli/input/testing/plain_lines.hpp"

namespace hourglass::cli {
namespace {

struct Outcome {
  std::vector<KeptLine> lines;
  std::string failure;
};

Outcome read_all(LineReader& reader) {
  Outcome outcome;
  for (;;) {
    const auto line = reader.next();
    if (!line) {
      outcome.failure = line.error();
      EXPECT_EQ(reader.next().error(), outcome.failure) << "a failure stays";
      return outcome;
    }
    if (!*line)
      return outcome;
    outcome.lines.emplace_back(**line);
  }
}

Outcome read_all(const std::string& path) {
  auto reader = LineReader::open(path);
  EXPECT_TRUE(reader) << reader.error();
  return read_all(*reader);
}

/// Lines enough for several buffers.
std::string many_lines(std::mt19937_64& random) {
  std::string text;
  while (text.size() < 700'000)
    text += std::string(random() % 300, static_cast<char>('a' + random() % 26)) + "\n";
  return text + "cut";
}

TEST(LineReader, ReadsPlainAndCompressedFilesAlike) {
  std::mt19937_64 random(base::test_seed());
  const base::ScratchDirectory scratch;
  const std::string text = many_lines(random);
  const auto expected = plain_lines(text, kMaxLineBytes);
  const std::string_view half = std::string_view(text).substr(0, 300'000);
  const std::string_view rest = std::string_view(text).substr(half.size());
  const std::string note("\x5A\x2A\x4D\x18\x03\0\0\0abc", 11);  // a skippable frame
  for (const std::string& content : {text, gzip(text), gzip(half) + gzip("") + gzip(rest), zstd(text),
                                     note + zstd(half) + note + zstd(rest)}) {
    // The name says nothing.
    const std::string path = scratch.write("log.gz", content);
    auto reader = LineReader::open(path);
    ASSERT_TRUE(reader) << reader.error();
    const Outcome outcome = read_all(*reader);
    EXPECT_EQ(outcome.failure, "");
    EXPECT_EQ(outcome.lines, expected);
    EXPECT_EQ(reader->bytes_read(), content.size());
  }
}

TEST(LineReader, ReadsShortFilesWhateverTheyBeginLike) {
  const base::ScratchDirectory scratch;
  for (const std::string text :
       {"", "a", "\x1F", "(", "B", "BZh", "BZh91AY&S\n", "P", "P*\n", "\xFD\x37", "\n"})
    EXPECT_EQ(read_all(scratch.write("log", text)).lines, plain_lines(text, kMaxLineBytes)) << text;
}

TEST(LineReader, NamesWhatItCannotOpen) {
  const base::ScratchDirectory scratch;
  EXPECT_EQ(LineReader::open(scratch / "none").error(),
            "cannot open " + (scratch / "none").string() + ": No such file or directory");
  EXPECT_EQ(LineReader::open(scratch.path()).error(),
            scratch.path().string() + " is a directory, not a file");
}

TEST(LineReader, NamesACompressionThatItDoesNotRead) {
  const base::ScratchDirectory scratch;
  const std::string path = scratch.write("log", std::string("\xFD"
                                                            "7zXZ\0abc",
                                                            9));
  EXPECT_EQ(read_all(path).failure,
            path + " is compressed with xz, which cannot be read here; decompress it first");
  scratch.write("log", "BZh91AY&SYabc");
  EXPECT_EQ(read_all(path).failure,
            path + " is compressed with bzip2, which cannot be read here; decompress it first");
}

TEST(LineReader, GivesTheLinesBeforeWhereACompressedFileIsCutOff) {
  const base::ScratchDirectory scratch;
  std::mt19937_64 random(base::test_seed());
  const std::string text = many_lines(random);
  const auto expected = plain_lines(text, kMaxLineBytes);
  for (const std::string& whole : {gzip(text), zstd(text), gzip(text) + gzip(text), zstd(text) + zstd(text)})
    for (int round = 0; round < 5; ++round) {
      const std::string path = scratch.write("log", whole.substr(0, whole.size() - 1 - random() % 100));
      const Outcome outcome = read_all(path);
      EXPECT_EQ(outcome.failure, path + " is cut off: it ends within its compressed text");
      ASSERT_GT(outcome.lines.size(), expected.size() / 2);
      for (std::size_t i = 0; i + 1 < std::min(outcome.lines.size(), expected.size()); ++i)
        ASSERT_EQ(outcome.lines[i], expected[i]);
    }
}

TEST(LineReader, GivesTheLinesBeforeDamage) {
  const base::ScratchDirectory scratch;
  std::mt19937_64 random(base::test_seed());
  const std::string text = many_lines(random);
  for (const std::string& whole : {gzip(text), zstd(text)}) {
    const std::string path = scratch.write("log", whole + "behind the end");
    const Outcome outcome = read_all(path);
    EXPECT_TRUE(outcome.failure.starts_with(path + " is no complete and correct ")) << outcome.failure;
    EXPECT_EQ(outcome.lines.size(), plain_lines(text, kMaxLineBytes).size() - 1) << "all but the cut one";
    std::string damaged = whole;
    damaged[damaged.size() - 3] = static_cast<char>(damaged[damaged.size() - 3] ^ 1);  // the checksum
    scratch.write("log", damaged);
    const Outcome other = read_all(path);
    EXPECT_TRUE(other.failure.starts_with(path + " is no complete and correct ")) << other.failure;
    EXPECT_GT(other.lines.size(), outcome.lines.size() / 2);
  }
}

TEST(LineReader, ReadsAPipeAsItIsWritten) {
  const base::ScratchDirectory scratch;
  const std::string path = scratch / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto reader = LineReader::open(path);  // before anybody writes
  ASSERT_TRUE(reader) << reader.error();
  std::thread writer([&] {
    const engine::Descriptor pipe(::open(path.c_str(), O_WRONLY));
    for (const std::string_view piece : {"o", "ne\nt", "wo\n"})
      EXPECT_EQ(::write(pipe.number(), piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
  });
  const Outcome outcome = read_all(*reader);
  writer.join();
  EXPECT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.lines, plain_lines("one\ntwo\n", kMaxLineBytes));
  EXPECT_EQ(reader->bytes_read(), 8U);
}

TEST(LineReader, StopsWhileItWaits) {
  const base::ScratchDirectory scratch;
  const std::string path = scratch / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const engine::Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  auto reader = LineReader::open(path, {stop.number()});
  ASSERT_TRUE(reader) << reader.error();
  const engine::Descriptor pipe(::open(path.c_str(), O_WRONLY));
  ASSERT_EQ(::write(pipe.number(), "one line\nhalf", 13), 13);
  auto line = reader->next();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->text, "one line");
  std::thread stopper([&] { EXPECT_EQ(::eventfd_write(stop.number(), 1), 0); });
  line = reader->next();
  stopper.join();
  ASSERT_TRUE(line);
  EXPECT_FALSE(*line);
  EXPECT_TRUE(reader->was_stopped());
}

TEST(LineReader, KnowsWhetherSomebodyWritesTheFile) {
  const base::ScratchDirectory scratch;
  const auto path = scratch.write("log", "a cut li");
  const auto reader = LineReader::open(path);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->is_being_written());
  std::ofstream writer(path, std::ios::app);
  EXPECT_TRUE(reader->is_being_written());
  writer.close();
  EXPECT_FALSE(reader->is_being_written());
}

}  // namespace
}  // namespace hourglass::cli
