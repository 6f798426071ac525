#include "http/testing/memory_store.hpp"

#include "ports/testing/event_export_contract.hpp"

namespace hourglass::ports {
namespace {

// The double keeps the same contract as the engine: what is tested with it holds with that.
INSTANTIATE_TEST_SUITE_P(MemoryStore, EventStoreContract,
                         ::testing::Values([] { return std::make_unique<http::MemoryStore>(); }));
INSTANTIATE_TEST_SUITE_P(MemoryStoreThatAnswersLater, EventStoreContract, ::testing::Values([] {
                           auto store = std::make_unique<http::MemoryStore>();
                           store->answer_later();
                           return store;
                         }));
INSTANTIATE_TEST_SUITE_P(MemoryStore, EventExportContract,
                         ::testing::Values([] { return std::make_unique<http::MemoryStore>(); }));

}  // namespace
}  // namespace hourglass::ports
