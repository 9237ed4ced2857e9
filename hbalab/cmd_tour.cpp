// tour: lines to copy. Also the README of the tree.
#include <iostream>

#include "hbalab/commands.hpp"
#include "hbalab/tour.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace {

constexpr std::string_view kTour = R"tour(hbalab: simulated iSCSI HBAs, mounted at @MNT@

root/wmi holds what the operating system sees: a directory for each WMI class, in it one for each
instance, in it a file for each property and a directory for each method. lab holds what the owner
of the hardware controls. Lines that begin with '$' can be copied.

Read something. The instance of an adapter's class is named after its device:

    $ cd @MNT@/root/wmi
    $ HBA=$(cat ../../lab/adapters/hba0/device_instance)_0
    $ cat "MSiSCSI_HBAInformation/$HBA/VendorModel"
    $ cat "MSiSCSI_HBAInformation/$HBA/FunctionalitySupported.name"

Save a persistent login: one echo of JSON into a method's call file. It is saved, not logged in:

    $ OPS=MSiSCSI_Operations/$HBA; LOGINS=MSiSCSI_PersistentLogins/$HBA
    $ echo '{"TargetName": "@TARGET@", "TargetPortal": "@PORTAL@", "PersistentLogin": true}' > "$OPS/LoginToTarget/call"
    $ cat "$LOGINS/PersistentLoginCount"
    $ cat "$LOGINS/PersistentLogins/0/TargetName"
    $ cat "$LOGINS/PersistentLogins/0/TargetPortal/Address/Type.name" "$LOGINS/PersistentLogins/0/TargetPortal/Socket"
    $ cat "$LOGINS/PersistentLogins/0/SecurityFlags.name"

Reset the adapter: its driver starts again and logs in:

    $ echo 1 > ../../lab/adapters/hba0/reset
    $ sleep 1; cat "MSiSCSI_InitiatorSessionInfo/$HBA/SessionCount"
    $ ls MSiSCSI_LUNMappingInformation

Remove the persistent login. The session stays. The answer is read from the handle that was written:

    $ exec 3<> "$OPS/RemovePersistentLogin/call"
    $ echo '{"TargetName": "@TARGET@", "TargetPortal": "@PORTAL@"}' >&3; cat <&3; exec 3>&-
    $ cat "$LOGINS/PersistentLoginCount" "MSiSCSI_InitiatorSessionInfo/$HBA/SessionCount"

Ask again: now there is nothing to remove, and the status says so:

    $ exec 3<> "$OPS/RemovePersistentLogin/call"
    $ echo '{"TargetName": "@TARGET@"}' >&3; cat <&3; exec 3>&-
    $ cat "$OPS/RemovePersistentLogin/last.json"

Log out:

    $ SESSION=$(cat "MSiSCSI_InitiatorSessionInfo/$HBA/SessionsList/0/UniqueSessionId")
    $ echo "{\"UniqueSessionId\": $SESSION}" > "$OPS/LogoutFromTarget/call"
    $ cat "MSiSCSI_InitiatorSessionInfo/$HBA/SessionCount"

The same with files for parameters: mkdir makes an invocation:

    $ mkdir "$OPS/LoginToTarget/disc"; cd "$OPS/LoginToTarget/disc"
    $ echo ISCSI_LOGINTARGET_DISCOVERY > in/SessionType
    $ echo ISCSI_IP_ADDRESS_TEXT > in/TargetPortal/Address/Type
    $ echo @ADDRESS@ > in/TargetPortal/Address/TextAddress
    $ echo 1 > execute; cat state out/Status out/UniqueSessionId
    $ SESSION=$(cat out/UniqueSessionId); cd ../../../..; rmdir "$OPS/LoginToTarget/disc"

Discover on that session, and see the event that it fires (tail -f follows the log):

    $ echo "{\"UniqueSessionId\": $SESSION, \"SendTargetsText\": \"All\"}" > "$OPS/SendTargets/call"
    $ sleep 1; cat "MSiSCSI_AdapterEvent/$HBA/events.jsonl"

The same with raw bytes: LogoutFromTarget_IN is one little-endian 64-bit number:

    $ HEX=$(printf '%016x' "$SESSION"); BYTES=$(for i in 14 12 10 8 6 4 2 0; do printf '\\x%s' "${HEX:$i:2}"; done)
    $ exec 3<> "$OPS/LogoutFromTarget/call.bin"; printf "$BYTES" >&3; od -An -tx4 <&3; exec 3>&-

The same from the command line, and what a status means:

    $ hbalab --tree @MNT@ call MSiSCSI_Operations RemovePersistentLogin -i hba0 TargetName=@TARGET@ || true
    $ hbalab explain 0xEFFF0029
    $ hbalab --tree @MNT@ trace -n 3

man hbalab and docs/tree.md say more. To end: hbalab umount @MNT@
)tour";

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

int run_tour(const Context& context) {
  auto tree = Tree::find(context.tree);
  if (!tree) {
    std::cerr << "hbalab: " << tree.error() << '\n';
    return kNoTree;
  }
  auto text = read_file(tree->root() / "README");
  if (!text) {
    std::cerr << "hbalab: " << text.error().to_string(tree->root() / "README") << '\n';
    return kFailed;
  }
  std::cout << *text;
  return kOk;
}

}  // namespace

std::string tour_text(const std::filesystem::path& mount_point) {
  std::string text(kTour);
  text = replace_all(std::move(text), "@MNT@", mount_point.string());
  text = replace_all(std::move(text), "@TARGET@", "iqn.2026-01.org.example:disk");
  text = replace_all(std::move(text), "@PORTAL@", "192.0.2.10:3260");
  return replace_all(std::move(text), "@ADDRESS@", "192.0.2.10");
}

void add_tour(CLI::App& app, Context& context) {
  auto* tour = app.add_subcommand("tour", "Print lines to copy: a tour of the mounted tree");
  tour->callback([&context] { context.run = [&context] { return run_tour(context); }; });
}

}  // namespace hbalab::cli
