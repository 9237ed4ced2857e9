/*
 * ATA as drivers name it: the answer of IDENTIFY DEVICE (ACS's words), commands, features,
 * registers and general purpose logs.
 */
#ifndef HBALAB_ATA_H
#define HBALAB_ATA_H

#include "hbalab/ata_commands.h"
#include "hbalab/ata_identify.h"

#endif
