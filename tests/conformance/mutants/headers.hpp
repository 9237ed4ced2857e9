// What most of the copies include, compiled once.
#pragma once

#include "cmake/standard_headers.hpp"
#include "hba-sim/adapter/hba_core.hpp"
#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "iscsiop/views.hpp"
