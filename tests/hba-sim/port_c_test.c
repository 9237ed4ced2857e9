/* The driver headers compiled as C, as most miniports are. */
#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"

int hbalab_port_c_sizes(unsigned long* sizes, int room);

int hbalab_port_c_sizes(unsigned long* sizes, int room) {
  const unsigned long all[] = {
      sizeof(SCSI_WMI_REQUEST_BLOCK), sizeof(SCSI_REQUEST_BLOCK),
      sizeof(HW_INITIALIZATION_DATA), sizeof(PORT_CONFIGURATION_INFORMATION),
      sizeof(SCSI_WMILIB_CONTEXT),    sizeof(SCSIWMI_REQUEST_CONTEXT),
      sizeof(WNODE_ALL_DATA),         sizeof(SCSI_NOTIFICATION_TYPE)};
  const int count = (int)(sizeof all / sizeof all[0]);
  for (int i = 0; i < count && i < room; ++i) sizes[i] = all[i];
  return count;
}
