// Backups on the machine's own file system: what they hold, what they refuse, and what is left when one is
// ended at any of its steps.

#include "engine/backup/backup.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/backup/directory_swap.hpp"
#include "engine/files/directory_lock.hpp"
#include "engine/files/posix_file_system.hpp"
#include "engine/testing/small_store.hpp"
#include "engine/verification/verification.hpp"

namespace hourglass::engine {
namespace {

namespace fs = std::filesystem;

struct Killed {};

/// The machine's file system, in which the process ends at a chosen call that changes something, and in which
/// something else may happen at a call that opens a file.
class FragileFileSystem final : public FileSystem {
 public:
  int calls_until_killed = -1;  // never
  std::function<void(int)> before_open = [](int) {};

  IoResult<std::unique_ptr<File>> open(const fs::path& path) override {
    before_open(opened_++);
    return files_.open(path);
  }
  IoResult<std::unique_ptr<File>> create(const fs::path& path) override {
    step();
    auto file = files_.create(path);
    step();  // a file without content
    return file;
  }
  IoResult<void> make_directory(const fs::path& path) override {
    step();
    return files_.make_directory(path);
  }
  IoResult<void> rename(const fs::path& from, const fs::path& to) override {
    step();
    return files_.rename(from, to);
  }
  IoResult<void> remove(const fs::path& path) override {
    step();
    return files_.remove(path);
  }
  IoResult<void> sync_directory(const fs::path& path) override {
    step();
    return files_.sync_directory(path);
  }
  IoResult<bool> exists(const fs::path& path) override { return files_.exists(path); }
  IoResult<std::vector<std::string>> list(const fs::path& path) override { return files_.list(path); }
  IoResult<Space> space(const fs::path& path) override { return files_.space(path); }

 private:
  void step() {
    if (calls_until_killed >= 0 && calls_until_killed-- == 0)
      throw Killed();
  }

  PosixFileSystem files_;
  int opened_ = 0;
};

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Where there is one, a file system in memory: that it syncs at once saves most of the time.
    const fs::path parent = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    std::string pattern = (parent / "hourglass-XXXXXX").string();
    root_ = fs::canonical(::mkdtemp(pattern.data()));
    data_ = root_ / "data";
    ASSERT_TRUE(files_.make_directory(data_));
    backup_ = root_ / "backup";
    store_ = std::make_unique<SmallStore>(files_, data_);
    store_->open();
  }
  void TearDown() override { fs::remove_all(root_); }

  BackupFigures back_up() {
    const auto figures = engine::back_up(files_, data_, backup_);
    EXPECT_TRUE(figures) << figures.error().message;
    return figures.value_or(BackupFigures{});
  }

  std::string refusal() {
    const auto figures = engine::back_up(files_, data_, backup_);
    return figures ? "taken" : figures.error().message;
  }

  /// The events in a backup that is whole.
  std::uint64_t events_in(const fs::path& directory) {
    std::string first;
    const auto figures = verify_store(
        files_, directory, [&](const std::string& problem) { first = first.empty() ? problem : first; });
    EXPECT_EQ(figures.problems, 0U) << first;
    return figures.events;
  }

  std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
      names.insert(entry.path().lexically_relative(directory).string());
    return names;
  }

  FragileFileSystem files_;
  fs::path root_;
  fs::path data_;
  fs::path backup_;
  std::unique_ptr<SmallStore> store_;
};

TEST_F(BackupTest, HoldsEverythingAndCanBeServed) {
  store_->post(400);
  const core::Totals totals = store_->totals();
  const BackupFigures figures = back_up();
  EXPECT_EQ(figures.next_sequence, Sequence{401});
  EXPECT_EQ(figures.bytes_reused, 0U);
  EXPECT_EQ(events_in(backup_), 400U);
  EXPECT_EQ(names_in(root_).count("backup.unfinished"), 0U);
  for (const std::string& name : names_in(backup_)) {
    struct stat status {};
    ASSERT_EQ(::stat((backup_ / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, S_ISDIR(status.st_mode) ? 0700U : 0600U) << name;
  }
  SmallStore restored(files_, backup_);
  restored.open();
  EXPECT_EQ(restored.totals(), totals);
  restored.post(400);  // the same keys once more
  EXPECT_EQ(restored.totals(), totals);
}

TEST_F(BackupTest, AStoreThatWasClosedIsCopiedAsItIs) {
  store_->post(100);
  store_->close();
  back_up();
  EXPECT_EQ(names_in(backup_), [&] {
    auto names = names_in(data_);
    names.insert("lock");
    return names;
  }());
  EXPECT_EQ(events_in(backup_), 100U);
}

TEST_F(BackupTest, AnEmptyStoreCanBeCopied) {
  EXPECT_EQ(back_up().next_sequence, Sequence{1});
  EXPECT_EQ(events_in(backup_), 0U);
}

TEST_F(BackupTest, ASecondOneCopiesOnlyWhatIsNew) {
  store_->post(400);
  const BackupFigures first = back_up();
  const BackupFigures same = back_up();
  EXPECT_EQ(same.bytes_copied, 0U);
  EXPECT_EQ(same.bytes_reused, first.bytes_copied);
  store_->post(1);
  const BackupFigures second = back_up();
  EXPECT_LT(second.bytes_copied, first.bytes_copied / 4);
  EXPECT_EQ(events_in(backup_), 401U);
  for (int i = 0; i < 40; ++i) {
    store_->post(17);
    back_up();
    ASSERT_EQ(events_in(backup_), 401U + 17 * (i + 1));
  }
}

TEST_F(BackupTest, WhatIsDamagedAtItsEndsIsCopiedAnew) {
  store_->post(400);
  back_up();
  const auto path = fs::directory_iterator(backup_ / "hours")->path();
  const auto file = files_.open(path);
  ASSERT_TRUE((*file)->write_at(20, "x"));
  const BackupFigures second = back_up();
  EXPECT_EQ(second.bytes_copied, fs::file_size(path));
  EXPECT_EQ(events_in(backup_), 400U);
}

TEST_F(BackupTest, WhereverItIsKilledThereIsAWholeBackup) {
  store_->post(300);
  back_up();
  store_->post(60);
  int killed = 0;
  for (int calls = 0;; ++calls) {
    files_.calls_until_killed = calls;
    try {
      back_up();
      break;
    } catch (const Killed&) {
      files_.calls_until_killed = -1;
      ++killed;
      const std::uint64_t events = events_in(backup_);
      ASSERT_TRUE(events == 300U || events == 360U) << events;
    }
  }
  EXPECT_GT(killed, 20);
  files_.calls_until_killed = -1;
  EXPECT_EQ(events_in(backup_), 360U);
  EXPECT_FALSE(fs::exists(root_ / "backup.unfinished"));
}

TEST_F(BackupTest, AFirstOneThatIsKilledLeavesNothingUnderTheName) {
  store_->post(100);
  for (int calls = 0;; ++calls) {
    files_.calls_until_killed = calls;
    try {
      back_up();
      break;
    } catch (const Killed&) {
      if (fs::exists(backup_)) {
        files_.calls_until_killed = -1;
        ASSERT_EQ(events_in(backup_), 100U);
      }
    }
  }
  files_.calls_until_killed = -1;
  EXPECT_EQ(events_in(backup_), 100U);
}

TEST_F(BackupTest, WhereDirectoriesCannotBeSwappedAtOnceTheNextOneMendsWhatIsLeft) {
  store_->post(100);
  back_up();
  fs::rename(backup_, root_ / "backup.previous");  // killed between the steps
  EXPECT_EQ(back_up().bytes_copied, 0U);
  EXPECT_EQ(events_in(backup_), 100U);
  EXPECT_FALSE(fs::exists(root_ / "backup.previous"));
  fs::copy(backup_, root_ / "backup.previous", fs::copy_options::recursive);  // and behind the second
  back_up();
  EXPECT_FALSE(fs::exists(root_ / "backup.previous"));
  ASSERT_TRUE(swap_in_steps(data_, backup_));
  EXPECT_EQ(names_in(root_).count("backup.previous"), 0U);
  EXPECT_TRUE(fs::exists(data_ / "store"));
  EXPECT_EQ(events_in(backup_), 100U);
}

TEST_F(BackupTest, AStoreAtWorkDoesNotDisturbIt) {
  // Whenever the backup opens a file, the store goes on by some events: runs are merged, segments removed.
  store_->post(300);
  std::uint64_t posted = 0;
  for (int pace = 1; pace < 12; ++pace) {
    int left = 60;  // a store cannot be this busy for ever
    const std::uint64_t before = 300 + posted;
    files_.before_open = [&](int number) {
      if (number % pace == 0 && left-- > 0) {
        const auto pause = std::exchange(files_.before_open, [](int) {});
        store_->post(7);
        posted += 7;
        files_.before_open = pause;
      }
    };
    const BackupFigures figures = back_up();
    files_.before_open = [](int) {};
    const std::uint64_t events = events_in(backup_);
    EXPECT_EQ(figures.next_sequence.value() - 1, events);
    EXPECT_GE(events, before);
    EXPECT_LE(events, 300 + posted);
  }
  EXPECT_GT(posted, 1000U);
}

TEST_F(BackupTest, ATornTailIsNoDamage) {
  store_->post(50);
  const fs::path last = data_ / "log" / files_.list(data_ / "log")->back();
  const std::string content = *read_whole(files_, last);
  const std::size_t end = (content.find_last_not_of('\0') + 8) / 8 * 8;
  ASSERT_TRUE((*files_.open(last))->write_at(end, "HGRC half a record"));
  EXPECT_EQ(back_up().next_sequence, Sequence{51});
  EXPECT_EQ(events_in(backup_), 50U);
}

TEST_F(BackupTest, DamageIsNamedAndTheOldBackupStays) {
  store_->post(300);
  back_up();
  store_->post(50);
  const auto path = fs::directory_iterator(data_ / "hours")->path();
  ASSERT_TRUE((*files_.open(path))->write_at(20, "x"));
  EXPECT_NE(refusal().find(path.string()), std::string::npos) << refusal();
  EXPECT_EQ(events_in(backup_), 300U);
  EXPECT_FALSE(fs::exists(root_ / "backup.unfinished"));
}

TEST_F(BackupTest, RefusesADirectoryThatHoldsSomethingElse) {
  store_->post(10);
  ASSERT_TRUE(files_.make_directory(backup_));
  ASSERT_TRUE(files_.create(backup_ / "letters.txt"));
  EXPECT_NE(refusal().find("is neither empty nor a backup of this store"), std::string::npos) << refusal();
  EXPECT_EQ(names_in(backup_), std::set<std::string>{"letters.txt"});
  fs::remove(backup_ / "letters.txt");
  back_up();  // an empty directory will do
  EXPECT_EQ(events_in(backup_), 10U);
}

TEST_F(BackupTest, RefusesTheBackupOfAnotherStore) {
  ASSERT_TRUE(files_.make_directory(root_ / "other"));
  SmallStore other(files_, root_ / "other");
  other.open();
  ASSERT_TRUE(engine::back_up(files_, root_ / "other", backup_));
  EXPECT_NE(refusal().find("is neither empty nor a backup of this store"), std::string::npos) << refusal();
}

TEST_F(BackupTest, RefusesWhatIsInTheWayOfItsWork) {
  ASSERT_TRUE(files_.make_directory(root_ / "backup.unfinished"));
  ASSERT_TRUE(files_.create(root_ / "backup.unfinished" / "letters.txt"));
  EXPECT_NE(refusal().find("is in the way"), std::string::npos) << refusal();
  EXPECT_TRUE(fs::exists(root_ / "backup.unfinished" / "letters.txt"));
}

TEST_F(BackupTest, RefusesADirectoryThatIsInUse) {
  store_->post(10);
  back_up();
  {
    const auto lock = DirectoryLock::acquire(backup_);
    EXPECT_NE(refusal().find("is in use by another process"), std::string::npos) << refusal();
  }
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(BackupTest, RefusesABackupThatHasBecomeAStoreOfItsOwn) {
  store_->post(50);
  back_up();
  {
    SmallStore restored(files_, backup_);
    restored.open();
    restored.post(80);
  }
  EXPECT_NE(refusal().find("has been used as a store"), std::string::npos) << refusal();
}

TEST_F(BackupTest, RefusesDirectoriesThatTouchTheData) {
  const fs::path data = root_ / "x.unfinished";
  fs::create_directory(data);
  fs::create_symlink(data, root_ / "link");
  for (const fs::path& target : {data, data / "b", data / "b/../../x.unfinished/c", root_, root_ / "link",
                                 root_ / "link/b", root_ / "x", fs::path(data.string() + "/"), fs::path("/")})
    EXPECT_FALSE(backup_path(data, target)) << target;
  EXPECT_EQ(*backup_path(data, root_ / "b/"), root_ / "b");
  EXPECT_EQ(*backup_path(data, root_ / "b/../c"), root_ / "c");
  EXPECT_EQ(*backup_path(data, root_ / "x.unfinished2"), root_ / "x.unfinished2");
}

}  // namespace
}  // namespace hourglass::engine
