#include <catch2/catch.hpp>

#include <cerrno>

#include "fabric_support.hpp"
#include "hba-sim/fabric/fabric_controls.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;
using lab::ControlNode;

namespace {

struct Tree {
  Tree() {
    auto root = std::make_shared<lab::FixedDirectory>();
    root->directory("fabric", make_fabric_controls(bench.fabric));
    tree = std::make_unique<lab::DirectoryTree>(root);
  }
  Bench bench;
  std::unique_ptr<lab::DirectoryTree> tree;

  std::string read(const std::string& path) {
    const auto text = tree->read(path);
    INFO(path);
    REQUIRE(text.has_value());
    return *text;
  }
  int write(const std::string& path, std::string_view text) {
    const auto done = tree->write(path, text);
    return done ? 0 : done.error().error;
  }
  std::string reason(const std::string& path, std::string_view text) {
    const auto done = tree->write(path, text);
    return done ? "(done)" : done.error().reason;
  }
  int make(const std::string& path) {
    const auto done = tree->make_directory(path);
    return done ? 0 : done.error().error;
  }
  int remove(const std::string& path) {
    const auto done = tree->remove_directory(path);
    return done ? 0 : done.error().error;
  }
  std::vector<std::string> names(const std::string& path) {
    std::vector<std::string> names;
    const auto nodes = tree->list(path);
    REQUIRE(nodes.has_value());
    for (const auto& node : *nodes) names.push_back(node.name);
    return names;
  }
};

const std::string kTarget = "fabric/targets/" + kDisk;

}  // namespace

TEST_CASE("controls: what is there") {
  Tree t;
  CHECK(t.names("") == std::vector<std::string>{"fabric"});
  CHECK(t.names("fabric") == std::vector<std::string>{"targets", "hosts", "networks", "isns"});
  CHECK(t.names("fabric/targets") == std::vector<std::string>{kDisk});
  CHECK(t.names("fabric/networks") == std::vector<std::string>{"other", "san"});
  CHECK(t.names(kTarget + "/portals") == std::vector<std::string>{"192.0.2.10:3260"});
  CHECK(t.names(kTarget + "/luns") == std::vector<std::string>{"0"});
  CHECK(t.read(kTarget + "/state") == "up\n");
  CHECK(t.read(kTarget + "/alias") == "\n");
  CHECK(t.read(kTarget + "/portals/192.0.2.10:3260/group") == "1\n");
  CHECK(t.read(kTarget + "/luns/0/blocks") == "2048\n");
  const auto targets = t.tree->stat("fabric/targets");
  REQUIRE(targets);
  CHECK(targets->kind == ControlNode::Kind::directory);
  CHECK(targets->writable);
  CHECK_FALSE(targets->removable);
  CHECK(t.tree->stat(kTarget)->removable);
  CHECK(t.tree->stat(kTarget)->name == kDisk);
  CHECK(t.tree->stat("fabric/nothing").error().error == ENOENT);
  CHECK(t.tree->stat(kTarget + "/alias/x").error().error == ENOTDIR);
  CHECK(t.tree->list(kTarget + "/alias").error().error == ENOTDIR);
  CHECK(t.tree->read(kTarget).error().error == EISDIR);
  CHECK(t.write(kTarget, "x") == EISDIR);
  CHECK(t.write(kTarget + "/sessions", "x") == EACCES);
  CHECK(t.make("fabric/odd") == EPERM);
  CHECK(t.remove("fabric/targets") == EPERM);
  CHECK(t.remove(kTarget + "/alias") == ENOTDIR);
}

TEST_CASE("controls: every file of the tree can be read, and can be written back what it said") {
  Tree t;
  REQUIRE(t.make("fabric/hosts/disk.example.org") == 0);
  int files = 0;
  const std::function<void(const std::string&)> visit = [&](const std::string& path) {
    const auto nodes = t.tree->list(path);
    REQUIRE(nodes);
    for (const auto& node : *nodes) {
      const std::string child = path.empty() ? node.name : path + '/' + node.name;
      INFO(child);
      if (node.kind == ControlNode::Kind::directory) {
        visit(child);
        continue;
      }
      ++files;
      CHECK(t.tree->read(child).has_value() == node.readable);
      if (node.readable && node.writable) {
        const std::string text = t.read(child);
        CHECK(t.reason(child, text) == "(done)");
        CHECK(t.read(child) == text);
      }
    }
  };
  visit("");
  CHECK(files > 25);
}

TEST_CASE("controls: targets, portals and LUNs are made and removed") {
  Tree t;
  const std::string target = "fabric/targets/iqn.2026-01.org.example:new";
  CHECK(t.make("fabric/targets/new") == EINVAL);
  CHECK(t.make(kTarget) == EEXIST);
  CHECK(t.make("fabric/targets/IQN.2026-01.org.example:DISK") == EEXIST);
  REQUIRE(t.make(target) == 0);
  CHECK(t.read(target + "/state") == "down\n");
  CHECK(t.make(target + "/portals/192.0.2.50") == 0);
  CHECK(t.make(target + "/portals/192.0.2.50:3260") == EEXIST);
  CHECK(t.make(target + "/portals/[2001:db8::5]:3261") == 0);
  CHECK(t.make(target + "/portals/1:2:3") == EINVAL);
  CHECK(t.names(target + "/portals") ==
        std::vector<std::string>{"192.0.2.50:3260", "[2001:db8::5]:3261"});
  CHECK(t.make(target + "/luns/4") == 0);
  CHECK(t.make(target + "/luns/04") == EINVAL);
  CHECK(t.make(target + "/luns/16384") == EINVAL);
  CHECK(t.make(target + "/luns/x") == EINVAL);
  REQUIRE(t.bench.connected("192.0.2.50") != 0);
  CHECK(t.remove(target + "/luns/5") == ENOENT);
  CHECK(t.remove(target + "/luns/4") == 0);
  CHECK(t.remove(target + "/portals/192.0.2.50:3260") == 0);
  CHECK(t.bench.events.size() == 1);
  CHECK(t.remove(target) == 0);
  CHECK(t.remove(target) == ENOENT);
}

TEST_CASE("controls: bad values are refused with what was expected") {
  Tree t;
  const std::string portal = kTarget + "/portals/192.0.2.10:3260";
  CHECK(t.reason(portal + "/state", "refused") ==
        "is \"refused\"; expected one of up, refuse, unreachable; did you mean refuse?");
  CHECK(t.write(portal + "/group", "65536") == ERANGE);
  CHECK(t.write(portal + "/group", "x") == EINVAL);
  CHECK(t.write(portal + "/network", "a b") == EINVAL);
  CHECK(t.write(kTarget + "/state", "sideways") == EINVAL);
  CHECK(t.write(kTarget + "/connect_delay_ms", "-1") == EINVAL);
  CHECK(t.write(kTarget + "/login_delay_ms", "99999999999999999999") == EINVAL);
  CHECK(t.reason(kTarget + "/login_refusal", "moved")
            .starts_with("is \"moved\"; expected one of initiator_error,"));
  CHECK(t.reason(kTarget + "/login_refusal", "moved_permanently")
            .starts_with("redirect_to is missing"));
  CHECK(t.write(kTarget + "/redirect_to", "nowhere:x") == EINVAL);
  CHECK(t.write(kTarget + "/keys", "MaxBurstLength=1") == EINVAL);
  CHECK(t.reason(kTarget + "/keys", "MaxBurstLenght=65536")
            .ends_with("did you mean MaxBurstLength?"));
  CHECK(t.write(kTarget + "/keys", "MaxBurstLength") == EINVAL);
  CHECK(t.write(kTarget + "/alias", std::string(256, 'x')) == EINVAL);
  CHECK(t.write(kTarget + "/alias", std::string(70000, 'x')) == EFBIG);
  CHECK(t.write(kTarget + "/luns/0/blocks", "0") == ERANGE);
  CHECK(t.write(kTarget + "/luns/0/block_size", "513") == EINVAL);
  CHECK(t.write(kTarget + "/luns/0/vendor", "NINECHARS") == EINVAL);
  CHECK(t.write(kTarget + "/disconnect", "yes") == EINVAL);
  for (const auto* text : {"", "1", "session 1 2 3", "session x", "session -1", "session 65536",
                           "connection", "connection 0 1 2 3", "both 1"}) {
    INFO(text);
    CHECK(t.write(kTarget + "/announce_drop", text) == EINVAL);
  }
  CHECK(t.write(kTarget + "/announce_drop", "session 65535 65535") == 0);
  CHECK(t.write(kTarget + "/announce_drop", "connection 0") == ENOENT);
  CHECK(t.reason(kTarget + "/announce_drop", "connection 0") == "no session has a connection 0");
  CHECK(t.write("fabric/networks/san/link", "maybe") == EINVAL);
  CHECK(t.make("fabric/hosts/192.0.2.1") == EINVAL);
}

TEST_CASE("controls: values change what initiators see") {
  Tree t;
  const LinkId link = t.bench.session();
  CHECK(t.read(kTarget + "/sessions") ==
        kInitiator + " isid=0x800000000001 tsih=1 group=1 cids=0\n");
  CHECK(t.read(kTarget + "/counters")
            .starts_with("logins_tried 1\nlogins_refused 0\nlogins_ok 1\nsessions 1\n"));
  CHECK(t.write(kTarget + "/luns/0/serial", "NEW\n") == 0);
  CHECK(t.bench.scsi(link, 0, {0x12, 1, 0x80, 0, 255, 0}).data ==
        Bytes{0, 0x80, 0, 3, 'N', 'E', 'W'});
  CHECK(t.write(kTarget + "/state", "down") == 0);
  CHECK(t.read(kTarget + "/portals/192.0.2.10:3260/state") == "unreachable\n");
  CHECK(t.bench.events.size() == 1);
  CHECK(t.read(kTarget + "/sessions") == "\n");
  CHECK(t.write(kTarget + "/state", "up") == 0);
  CHECK(t.write(kTarget + "/redirect_to", "192.0.2.77") == 0);
  CHECK(t.write(kTarget + "/login_refusal", "moved_permanently") == 0);
  CHECK(status_of(t.bench.log_in(t.bench.connected())) == 0x0102);
  CHECK(t.write(kTarget + "/login_refusal", "") == 0);
  CHECK(t.bench.session() != 0);
  CHECK(t.write("fabric/networks/san/link", "down") == 0);
  CHECK(t.read("fabric/networks/san/link") == "down\n");
  CHECK(t.bench.connected() == 0);
  CHECK(t.write("fabric/networks/san/link", "1") == 0);
  CHECK(t.make("fabric/hosts/disk.example.org") == 0);
  CHECK(t.write("fabric/hosts/disk.example.org/address", "192.0.2.10") == 0);
  CHECK(t.bench.connected("disk.example.org") != 0);
}

TEST_CASE("controls: secrets go in and never come out") {
  Tree t;
  const std::string chap = kTarget + "/chap";
  CHECK(t.write(chap + "/user", "user") == 0);
  CHECK(t.reason(chap + "/secret", "tooshort") ==
        "is 8 bytes long; expected a CHAP secret of 12 to 16 bytes");
  CHECK(t.write(chap + "/secret", "topsecret-topsec\n") == 0);
  CHECK(t.bench.session() == 0);
  for (const char* file : {"/secret", "/mutual_secret"}) {
    const auto node = t.tree->stat(chap + file);
    REQUIRE(node);
    CHECK_FALSE(node->readable);
    CHECK(node->writable);
    CHECK(t.tree->read(chap + file).error().error == EACCES);
  }
  CHECK(t.read(chap + "/user") == "user\n");
  // The text of a refused secret is not repeated either.
  for (const char* text : {"a-secret-that-is-too-long", "short"}) {
    CHECK(t.reason(chap + "/mutual_secret", text).find(text) == std::string::npos);
  }
}

TEST_CASE("control tree: names, errors and notices") {
  CHECK(lab::encode_file_name(std::string_view("a/b\0c%d", 7)) == "a%2Fb%00c%d");
  CHECK(lab::decode_file_name("a%2Fb%2fc%00d%d") == std::string("a/b/c\0d%d", 9));
  std::vector<std::string> made;
  lab::Collection things;
  things.names = [&] { return made; };
  things.find = [&](std::string_view name) -> std::shared_ptr<lab::ControlDirectory> {
    if (std::find(made.begin(), made.end(), name) == made.end()) return nullptr;
    return std::make_shared<lab::FixedDirectory>();
  };
  things.make = [&](std::string_view name) -> lab::ControlDone {
    if (name == "throw") throw std::runtime_error("thrown");
    made.emplace_back(name);
    return {};
  };
  auto root = std::make_shared<lab::FixedDirectory>();
  root->directory("things", lab::make_collection(things)).file("bad", []() -> lab::ControlText {
    throw std::runtime_error("unreadable");
  });
  lab::DirectoryTree tree(root);
  REQUIRE(tree.make_directory("things/a%2Fb"));
  CHECK(made == std::vector<std::string>{"a/b"});
  CHECK(tree.list("things")->at(0).name == "a%2Fb");
  CHECK(tree.stat("things/a%2Fb").has_value());
  CHECK_FALSE(tree.stat("things/a/b").has_value());
  CHECK(tree.make_directory("things/throw").error().reason == "thrown");
  CHECK(tree.remove_directory("things/a%2Fb").error().error == EPERM);
  CHECK(tree.read("bad").error().error == EIO);
  CHECK(tree.stat(std::string(5000, 'a')).error().error == ENAMETOOLONG);
  CHECK(tree.make_directory("").error().error == EBUSY);
  CHECK(tree.log("bad") == nullptr);
  std::vector<std::string> told;
  auto token = tree.on_change([&](std::string_view path) { told.emplace_back(path); });
  tree.changed("things");
  token.reset();
  tree.changed("things");
  CHECK(told == std::vector<std::string>{"things"});
}
