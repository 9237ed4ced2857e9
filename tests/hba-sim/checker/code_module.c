/* A module with debug information; the test knows the line that writes. */
void checker_write(unsigned char* at, unsigned char value);

void checker_write(unsigned char* at, unsigned char value) {
  *at = value; /* line 5 */
}
