mod broken;
mod files;
mod workbook;
